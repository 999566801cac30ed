// The lines of a voucher under the fingers: Enter walks on, accounts complete, debits and credits meet.
import { complete } from "./completion.js";
import { fen, yuan } from "./keys.js";

const editor = document.querySelector("form.editor");
const table = editor.querySelector("table.lines");
const dims = document.getElementById("dims").content;
const lines = () => [...table.querySelectorAll("tbody.line")];
const field = (line, name) => line.querySelector(`[name="${line.dataset.n}.${name}"]`);

let accounts = [];
const codes = new Map();
const load = (name) => {
  if (codes.has(name)) return;
  codes.set(name, []);
  fetch(editor.dataset.codes.replace("DIM", name)).then((answer) => answer.json()).then((list) => {
    codes.set(name, list);
    // Who types fast has given a code before the names came.
    for (const label of table.querySelectorAll(`[data-dim="${name}"]`)) {
      const given = label.querySelector("input").value.trim();
      const found = list.find((each) => each.code === given);
      if (found) label.querySelector(".name").textContent = found.name;
    }
  });
};

const sums = () => {
  const sum = { debit: 0n, credit: 0n };
  for (const input of table.querySelectorAll(".amount-in")) sum[input.name.split(".")[1]] += fen(input.value) ?? 0n;
  return sum;
};

const tell = () => {
  const sum = sums();
  for (const side of ["debit", "credit"]) table.querySelector(`[data-sum=${side}]`).textContent = yuan(sum[side]);
  const off = sum.debit - sum.credit;
  const told = table.querySelector(".off");
  told.textContent = off === 0n ? told.dataset.even : `${told.dataset.off} ${yuan(off)}`;
  told.classList.toggle("odd", off !== 0n);
};

const ready = (label, name) => {
  const input = label.querySelector("input");
  load(name);
  complete(input, () => codes.get(name), (chosen) => {
    label.querySelector(".name").textContent = chosen ? chosen.name : "";
  });
};

// What the line above says is most often meant again.
const above = (line, name) => {
  const before = line.previousElementSibling;
  const there = before?.dataset.n && field(before, name);
  return there ? there.closest("label") : null;
};

const ask = (line, account) => {
  const input = line.querySelector(".account");
  const place = line.querySelector(".asked .dims");
  line.querySelector(".name").textContent = account ? account.name : "";
  if (!account || place.dataset.of === account.code) return;
  place.dataset.of = account.code;
  const was = new Map([...place.querySelectorAll("label")].map((each) => [each.dataset.dim, each]));
  place.replaceChildren();
  for (const name of [...account.needs, ...account.takes]) {
    const needed = account.needs.includes(name);
    const label = dims.querySelector(`[data-dim="${name}"]`).cloneNode(true);
    const from = was.get(name) || (needed ? above(line, name) : null);
    const fresh = label.querySelector("input");
    fresh.name = `${line.dataset.n}.${name}`;
    fresh.id = `f${line.dataset.n}-${name}`;
    fresh.value = from?.querySelector("input").value || "";
    fresh.required = false;
    label.querySelector(".name").textContent = from?.querySelector(".name").textContent || "";
    label.querySelector("b").hidden = !needed;
    label.classList.toggle("free", !needed);
    place.append(label);
    ready(label, name);
  }
  input.value = account.code;
};

const alive = (line) => {
  complete(line.querySelector(".account"), () => accounts, (chosen) => ask(line, chosen));
  for (const label of line.querySelectorAll(".asked label")) ready(label, label.dataset.dim);
};

const clear = (line) => {
  for (const each of line.querySelectorAll(".error")) each.remove();
  for (const each of line.querySelectorAll(".name")) each.textContent = "";
  const place = line.querySelector(".asked .dims");
  place.replaceChildren();
  delete place.dataset.of;
  for (const input of line.querySelectorAll("input")) {
    input.value = "";
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
};

const more = () => {
  const last = lines().at(-1);
  const fresh = last.cloneNode(true);
  const n = Number(last.dataset.n) + 1;
  clear(fresh);
  fresh.dataset.n = n;
  fresh.querySelector("td").textContent = n;
  for (const input of fresh.querySelectorAll("input")) {
    input.name = input.name.replace(/^\d+/, n);
    if (input.id) input.id = input.id.replace(/^f\d+/, `f${n}`);
    input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, n));
  }
  last.after(fresh);
  alive(fresh);
  return fresh;
};

const empty = (line) => ["account", "debit", "credit"].every((name) => !field(line, name).value.trim());
const done = () => { const sum = sums(); return sum.debit === sum.credit && sum.debit !== 0n; };

// Enter goes where something has to be written: past the other side of an amount, past what is free to say.
const stops = () => [...editor.querySelectorAll(".heads input, tbody.line input")].filter((input) => {
  const line = input.closest("tbody.line");
  if (!line) return true;
  if (input.name.endsWith(".credit") && field(line, "debit").value.trim()) return false;
  return !input.closest("label.free");
});

const onward = (input) => {
  const line = input.closest("tbody.line");
  if (line && empty(line) && done() && !input.matches(".amount-in")) return editor.querySelector("[data-act]").focus();
  const all = stops();
  const next = all[all.indexOf(input) + 1] || more().querySelector("input");
  next.focus();
  next.select();
};

const upright = (input, by) => {
  const line = input.closest("tbody.line");
  const name = input.name.split(".")[1];
  const all = lines();
  const to = all[all.indexOf(line) + by];
  const there = to && field(to, name);
  if (there) { there.focus(); there.select(); }
};

table.addEventListener("input", (event) => {
  const input = event.target;
  if (input.matches(".amount-in")) {
    const other = input.name.endsWith(".debit") ? "credit" : "debit";
    if (input.value.trim()) field(input.closest("tbody.line"), other).value = "";
  }
  tell();
});
table.addEventListener("change", (event) => {
  const amount = event.target.matches(".amount-in") ? fen(event.target.value) : null;
  if (amount !== null) event.target.value = yuan(amount);
});
editor.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches("input") || event.altKey) return;
  const line = input.closest("tbody.line");
  if (event.key === "=" && input.matches(".amount-in")) {
    event.preventDefault();
    const other = field(line, input.name.endsWith(".debit") ? "credit" : "debit");
    input.value = other.value = "";
    const sum = sums();
    input.value = yuan(input.name.endsWith(".debit") ? sum.credit - sum.debit : sum.debit - sum.credit);
    tell();
  } else if (event.key === "Delete" && event.ctrlKey && line) {
    event.preventDefault();
    clear(line);
    tell();
  } else if (line && !event.defaultPrevented && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
    if (input.role === "combobox") return;
    event.preventDefault();
    upright(input, event.key === "ArrowUp" ? -1 : 1);
  } else if (event.key === "Enter" && !event.ctrlKey) {
    event.preventDefault();
    if (input.matches(".account")) {
      const found = accounts.find((each) => each.code === input.value.trim());
      if (found) ask(line, found);
    }
    onward(input);
  }
});

fetch(editor.dataset.accounts).then((answer) => answer.json()).then((list) => {
  accounts = list;
  editor.dataset.ready = "";
});
for (const line of lines()) alive(line);
for (const input of table.querySelectorAll(".amount-in")) {
  const amount = fen(input.value);
  if (amount !== null) input.value = yuan(amount);
}
tell();
const first = editor.querySelector("[aria-invalid]") || stops().find((each) => !each.value && !/^(document|papers)$/.test(each.name) && !each.name.endsWith(".narration"));
first?.focus();
