// Half-typed words survive a reload, in this tab only; they go when they are sent and on signing out.
// A textarea says by data-keep whose words they are.
const name = (box) => `draft:${box.dataset.keep}`;

export function keepDrafts() {
  for (const box of document.querySelectorAll("textarea[data-keep]")) bring(box);
  document.addEventListener("input", ({ target }) => {
    if (!target.matches("textarea[data-keep]")) return;
    sessionStorage.setItem(name(target), target.value);
    grow(target);
  });
  // Enter sends where there is a keyboard; a phone's Enter is a new line.
  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !box.matches("textarea[data-keep]")) return;
    if (!matchMedia("(hover: hover) and (pointer: fine)").matches) return;
    event.preventDefault();
    box.form.requestSubmit();
  });
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    const box = detail.elt.querySelector?.("textarea[data-keep]");
    if (box && detail.successful) sessionStorage.removeItem(name(box));
  });
  document.body.addEventListener("htmx:load", ({ detail }) => {
    for (const box of detail.elt.querySelectorAll?.("textarea[data-keep]") ?? []) bring(box);
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-forget]")) sessionStorage.clear();
  });
}

function bring(box) {
  if (!box.value) box.value = sessionStorage.getItem(name(box)) ?? "";
  grow(box);
}

// As high as its words, up to what the style allows: browsers that size a box by its content do it alone.
function grow(box) {
  if (CSS.supports("field-sizing", "content")) return;
  const lines = box.value.split("\n").map((line) => Math.ceil((line.length + 1) / 30));
  box.rows = Math.min(8, lines.reduce((sum, each) => sum + each, 0));
}
