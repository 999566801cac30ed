// Keys, printing and running totals for the desk; every page works without it, by the server.
import { yuan } from "./keys.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const told of document.querySelectorAll("[data-ticked]")) {
  const form = told.closest("form");
  const tell = () => {
    const ticked = [...form.querySelectorAll("input[name=draft]:checked")];
    const sum = ticked.reduce((total, box) => total + BigInt(box.dataset.fen), 0n);
    if (ticked.length) told.textContent = `${ticked.length} · ${yuan(sum)}`;
    else told.textContent = told.dataset.ticked;
  };
  form.addEventListener("change", tell);
}
