// The amount of a package's line as it is typed: standard × quantity × times, in whole numbers; the server decides.
import { fen, yuan } from "./keys.js";

const options = new Map([...document.querySelectorAll("#standards option")].map((one) => [one.dataset.code, one.dataset]));
const milli = (text) => {
  const found = /^(\d{1,9})(?:\.(\d{1,3}))?$/.exec(text.normalize("NFKC").replace(/[,\s]/g, ""));
  return found ? BigInt(found[1]) * 1000n + BigInt((found[2] || "").padEnd(3, "0")) : null;
};
const whole = (text) => (/^\d{1,4}$/.test(text.trim()) ? BigInt(text.trim()) : null);

const amount = (line) => {
  const field = (name) => line.querySelector(`[name="${line.dataset.n}.${name}"]`);
  const standard = options.get(field("standard").value.trim().split(" ")[0]);
  const stated = standard ? standard.stated === "1" : true;
  field("quantity").hidden = !stated;
  line.querySelector("[data-name]").textContent = standard ? `${standard.name} · ${yuan(BigInt(standard.fen))} ${standard.perText}` : "";
  line.querySelector("[data-approved]").textContent = standard && !stated ? standard.told : "";
  const per = standard ? standard.per : field("per")?.value ?? "time";
  if (standard && !field("times").value) field("times").placeholder = per === "time" ? "1" : "12";
  let price = standard ? BigInt(standard.fen) : null;
  if (!standard) {
    for (let n = 1; n <= 4; n += 1) {
      const quote = fen(field(`q${n}`)?.value ?? "");
      if (quote !== null && (price === null || quote < price)) price = quote;
    }
  }
  const count = stated ? milli(field("quantity").value) : standard.milli ? BigInt(standard.milli) : null;
  const times = whole(field("times").value || field("times").placeholder || "1");
  if (price === null || count === null || times === null) return null;
  const parts = per === "year" ? 12000n : 1000n;
  return (2n * price * count * times + parts) / (2n * parts);
};

const form = document.querySelector("form.budget-editor");
const tell = () => {
  let total = 0n;
  for (const line of form.querySelectorAll("tbody.line")) {
    const sum = amount(line);
    line.querySelector("[data-amount]").textContent = sum === null ? "" : yuan(sum);
    total += sum ?? 0n;
  }
  form.querySelector("[data-total]").textContent = yuan(total);
};
form.addEventListener("input", tell);
tell();
