// A field that finds what is meant by code, by name or by the first letters of its pinyin.
const MOST = 12;
const list = document.createElement("ul");
list.className = "choices";
list.id = "choices";
list.role = "listbox";
list.hidden = true;
document.querySelector("main").append(list);
let open = null;

const ranked = (known, typed) => {
  const given = typed.trim().toLowerCase();
  if (!given) return known.slice(0, MOST);
  const found = [[], [], [], [], []];
  for (const each of known) {
    const name = each.name.toLowerCase();
    const letters = each.initials || "";
    if (each.code.toLowerCase().startsWith(given)) found[0].push(each);
    else if (letters.startsWith(given)) found[1].push(each);
    else if (name.startsWith(given)) found[2].push(each);
    else if (name.includes(given)) found[3].push(each);
    else if (letters.includes(given)) found[4].push(each);
  }
  return found.flat().slice(0, MOST);
};

const close = () => {
  if (!open) return;
  open.input.setAttribute("aria-expanded", "false");
  open.input.removeAttribute("aria-activedescendant");
  open = null;
  list.hidden = true;
  list.replaceChildren();
};

const mark = (at) => {
  open.at = at;
  [...list.children].forEach((option, n) => {
    option.setAttribute("aria-selected", n === at ? "true" : "false");
    if (n === at) option.scrollIntoView({ block: "nearest" });
  });
  if (at >= 0) open.input.setAttribute("aria-activedescendant", list.children[at].id);
  else open.input.removeAttribute("aria-activedescendant");
};

const pick = (at) => {
  const { input, found, picked } = open;
  input.value = found[at].code;
  close();
  picked(found[at]);
};

const show = (input, known, picked) => {
  close();
  const found = ranked(known, input.value);
  if (!found.length) return;
  open = { input, found, picked, at: -1 };
  list.replaceChildren(...found.map((each, n) => {
    const option = document.createElement("li");
    option.role = "option";
    option.id = `choice-${n}`;
    const code = document.createElement("b");
    code.textContent = each.code;
    const letters = document.createElement("small");
    letters.textContent = each.initials || "";
    option.append(code, ` ${each.name} `, letters);
    option.addEventListener("pointerdown", (event) => { event.preventDefault(); pick(n); });
    return option;
  }));
  const place = input.getBoundingClientRect();
  list.hidden = false;
  const left = Math.min(place.left, document.documentElement.clientWidth - list.offsetWidth - 8);
  list.style.left = `${Math.max(left, 8) + window.scrollX}px`;
  list.style.top = `${place.bottom + window.scrollY}px`;
  input.setAttribute("aria-expanded", "true");
  mark(input.value.trim() ? 0 : -1);
};

// `known` gives what there is to choose from, `picked` hears what was chosen.
export const complete = (input, known, picked) => {
  input.removeAttribute("list");
  input.role = "combobox";
  input.autocomplete = "off";
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", "choices");
  input.addEventListener("input", () => show(input, known(), picked));
  input.addEventListener("blur", () => {
    if (open?.input === input) close();
    const typed = input.value.trim();
    const exact = known().find((each) => each.code === typed.split(" ")[0]);
    const found = exact ? [exact] : typed ? ranked(known(), typed) : [];
    if (found.length === 1) input.value = found[0].code;
    picked(found.length === 1 ? found[0] : null);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && open?.input !== input) {
      event.preventDefault();
      show(input, known(), picked);
      return;
    }
    if (open?.input !== input) return;
    const last = open.found.length - 1;
    if (event.key === "ArrowDown") { event.preventDefault(); mark(open.at >= last ? 0 : open.at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); mark(open.at <= 0 ? last : open.at - 1); }
    if (event.key === "Escape") { event.preventDefault(); close(); }
    if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && open.at >= 0) pick(open.at);
  });
};
