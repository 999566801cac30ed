// Asks the browser for a passkey, or for the answer of one, and sends it as the form that stands in the page.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const told = document.querySelector("[data-told]");
  const tell = (text) => {
    told.textContent = text;
    told.hidden = !text;
  };
  const button = form.querySelector("button"); // waits for this script: without it the form says nothing
  const kind = form.dataset.passkey;
  const read = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (!window.PublicKeyCredential?.[read]) {
    tell(form.dataset.unsupported);
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
  button.disabled = false;
}
