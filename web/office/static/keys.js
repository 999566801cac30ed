// What the desk's scripts share: exact amounts, and the keys that stand on every page.
export const fen = (text) => {
  const plain = text.normalize("NFKC").replace(/[,\s¥￥]/g, "").replace(/−/g, "-");
  const found = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!found) return null;
  const whole = BigInt(found[2]) * 100n + BigInt((found[3] || "0").padEnd(2, "0"));
  return found[1] ? -whole : whole;
};

export const yuan = (sum) => {
  const size = sum < 0n ? -sum : sum;
  const whole = (size / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sum < 0n ? "−" : ""}${whole}.${(size % 100n).toString().padStart(2, "0")}`;
};

const typing = (target) => target instanceof Element && target.matches("input, textarea, select");

// Single keys can be switched off: who dictates to the machine must not set them off by a word.
const single = document.querySelector("[data-single]");
let kept = null;
try { kept = window.localStorage; } catch { /* a browser that keeps nothing */ }
const off = () => kept?.getItem("single-keys") === "off";
if (single) {
  single.hidden = false;
  const box = single.querySelector("input");
  box.checked = !off();
  box.addEventListener("change", () => kept?.setItem("single-keys", box.checked ? "on" : "off"));
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey) {
    const wanted = event.key === "Enter" ? "[data-act]" : event.key === "s" ? '[data-key="s"]' : null;
    const button = wanted && document.querySelector(`${wanted}:not([disabled])`);
    if (button) { event.preventDefault(); button.click(); }
    return;
  }
  if (typing(event.target) || event.altKey || off()) return;
  if (/^[a-z]$/.test(event.key)) document.querySelector(`a[data-key="${event.key}"]`)?.click();
  if (event.key === "/") { event.preventDefault(); document.querySelector("main input:not([type=hidden])")?.focus(); }
  if (event.key === "?") {
    const keys = document.getElementById("keys");
    if (keys) { keys.open = !keys.open; keys.scrollIntoView(); }
  }
});

// In a form to walk through, Enter goes to the next field; the last one gives way to the button.
for (const form of document.querySelectorAll("form[data-walk]")) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || !event.target.matches("input, select")) return;
    event.preventDefault();
    const stops = [...form.querySelectorAll("input:not([type=hidden]), select, button")];
    stops[stops.indexOf(event.target) + 1]?.focus();
  });
}
