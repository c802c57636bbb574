// A button marked data-print prints the page; data-copy=ID puts that element's text on the clipboard.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.lastChild.textContent = " Copied";
  } catch { // no clipboard here: select it, so that the keyboard can copy
    getSelection().selectAllChildren(source);
  }
});
