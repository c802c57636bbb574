// A box marked data-choose-all ticks every box of its form, or none.
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-choose-all]")) return;
  for (const box of target.form.querySelectorAll("input[name=ids]")) box.checked = target.checked;
});
