// Asks the browser for a passkey, or for the answer of one, and sends it as the form that stands in the page.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const told = document.querySelector("[data-told]");
  const tell = (text) => {
    told.textContent = text;
    told.hidden = !text;
  };
  const kind = form.dataset.passkey;
  const read = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (!window.PublicKeyCredential?.[read]) {
    tell(form.dataset.unsupported);
    form.querySelector("button").disabled = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    tell("");
    try {
      const publicKey = PublicKeyCredential[read](JSON.parse(form.dataset.options));
      const found = await navigator.credentials[kind]({ publicKey });
      form.elements.answer.value = JSON.stringify(found);
    } catch {
      tell(form.dataset.failed);
      return;
    }
    form.submit();
  });
}
