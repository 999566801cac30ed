// Keys and running sums for the desk; every page works without it, by the server.
const fen = (text) => {
  const plain = text.normalize("NFKC").replace(/[,\s¥￥]/g, "").replace(/−/g, "-");
  const found = /^(-?)(\d{1,15})(?:\.(\d{1,2}))?$/.exec(plain);
  if (!found) return null;
  const whole = BigInt(found[2]) * 100n + BigInt((found[3] || "0").padEnd(2, "0"));
  return found[1] ? -whole : whole;
};
const yuan = (sum) => {
  const size = sum < 0n ? -sum : sum;
  const whole = (size / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sum < 0n ? "−" : ""}${whole}.${(size % 100n).toString().padStart(2, "0")}`;
};
const typing = (target) => target instanceof Element && target.matches("input, textarea, select");

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    const save = document.querySelector('button[data-key="s"]');
    if (save) { event.preventDefault(); save.click(); }
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "n") document.querySelector('a[data-key="n"]')?.click();
  if (event.key === "/") { event.preventDefault(); document.querySelector("main input:not([type=hidden])")?.focus(); }
  if (event.key === "?") { const keys = document.getElementById("keys"); if (keys) { keys.open = !keys.open; keys.scrollIntoView(); } }
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const told of document.querySelectorAll("[data-ticked]")) {
  const form = told.closest("form");
  form.addEventListener("change", () => {
    const ticked = [...form.querySelectorAll("input[name=draft]:checked")];
    told.textContent = `${ticked.length} · ${yuan(ticked.reduce((sum, box) => sum + BigInt(box.dataset.fen), 0n))}`;
  });
}

const editor = document.querySelector("form.editor");
if (editor && editor.querySelector("input.account")) {
  const table = editor.querySelector("table.lines");
  const dims = document.getElementById("dims").content;
  let accounts = new Map();
  fetch(editor.dataset.accounts).then((answer) => answer.json()).then((list) => {
    accounts = new Map(list.map((each) => [each.code, each]));
    const options = list.map((each) => {
      const option = document.createElement("option");
      option.value = `${each.code} ${each.name}`;
      option.textContent = each.initials;
      return option;
    });
    document.getElementById("accounts").replaceChildren(...options);
  });

  const sum = () => {
    const sums = { debit: 0n, credit: 0n };
    for (const input of table.querySelectorAll(".amount-in")) {
      const amount = fen(input.value);
      if (amount !== null) sums[input.name.split(".")[1]] += amount;
    }
    for (const side of ["debit", "credit"]) table.querySelector(`[data-sum=${side}]`).textContent = yuan(sums[side]);
    const off = sums.debit - sums.credit;
    const told = table.querySelector(".off");
    told.textContent = off === 0n ? told.dataset.even : `${told.dataset.off} ${yuan(off)}`;
    told.classList.toggle("odd", off !== 0n);
    return off;
  };

  const load = (name) => {
    if (document.getElementById(`codes-${name}`)) return;
    const list = document.createElement("datalist");
    list.id = `codes-${name}`;
    document.body.append(list);
    fetch(editor.dataset.codes.replace("DIM", name)).then((answer) => answer.json()).then((codes) => {
      list.replaceChildren(...codes.map((each) => {
        const option = document.createElement("option");
        option.value = each.code;
        option.textContent = each.name;
        return option;
      }));
    });
  };

  const meant = (typed) => {
    const given = typed.trim();
    const first = accounts.get(given.split(" ")[0]);
    if (first) return first;
    const starts = [...accounts.values()].filter((each) => given && each.initials.startsWith(given.toLowerCase()));
    return starts.length === 1 ? starts[0] : undefined;
  };

  const ask = (line) => {
    const input = line.querySelector(".account");
    const account = meant(input.value);
    line.querySelector(".name").textContent = account ? account.name : "";
    if (!account) return;
    input.value = account.code;
    const place = line.querySelector(".asked .dims");
    const kept = Object.fromEntries([...place.querySelectorAll("input")].map((each) => [each.name.split(".")[1], each.value]));
    place.replaceChildren();
    for (const name of [...account.needs, ...account.takes]) {
      const label = dims.querySelector(`[data-dim="${name}"]`).cloneNode(true);
      const field = label.querySelector("input");
      field.name = `${line.dataset.n}.${name}`;
      field.value = kept[name] || above(line, name);
      field.addEventListener("focus", () => load(name));
      label.querySelector("b").hidden = !account.needs.includes(name);
      place.append(label);
    }
  };

  // What the line above says is most often meant again.
  const above = (line, name) => {
    const before = line.previousElementSibling;
    return before?.querySelector(`input[name="${before.dataset.n}.${name}"]`)?.value || "";
  };

  const more = () => {
    const lines = table.querySelectorAll("tbody.line");
    const last = lines[lines.length - 1];
    const fresh = last.cloneNode(true);
    const n = Number(last.dataset.n) + 1;
    fresh.dataset.n = n;
    fresh.querySelector("td").textContent = n;
    for (const error of fresh.querySelectorAll(".error")) error.remove();
    fresh.querySelector(".name").textContent = "";
    fresh.querySelector(".asked .dims").replaceChildren();
    for (const input of fresh.querySelectorAll("input")) {
      input.name = input.name.replace(/^\d+/, n);
      if (input.id) input.id = input.id.replace(/^f\d+/, `f${n}`);
      input.value = "";
      input.removeAttribute("aria-invalid");
    }
    last.after(fresh);
    return fresh;
  };

  table.addEventListener("input", sum);
  table.addEventListener("change", (event) => {
    if (event.target.matches(".account")) ask(event.target.closest("tbody"));
  });
  table.addEventListener("keydown", (event) => {
    if (!event.target.matches("input")) return;
    if (event.key === "=" && event.target.matches(".amount-in")) {
      event.preventDefault();
      event.target.value = "";
      const off = sum();
      const left = event.target.name.endsWith(".debit") ? -off : off;
      event.target.value = yuan(left).replace(/,/g, "").replace("−", "-");
      sum();
      return;
    }
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (event.target.matches(".account")) ask(event.target.closest("tbody"));
    const inputs = [...table.querySelectorAll("tbody.line input")];
    const next = inputs[inputs.indexOf(event.target) + 1] || more().querySelector("input");
    next.focus();
    next.select();
  });
  for (const input of table.querySelectorAll(".asked input")) {
    input.addEventListener("focus", () => load(input.name.split(".")[1]));
  }
}
