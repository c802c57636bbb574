// Lists marked data-walk by keyboard: the arrows go from row to row, and from a search box above into them.
export function walkRows() {
  document.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const list = document.querySelector("[data-walk]");
    if (!step || !list || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const rows = [...list.querySelectorAll("a.row-link, .more a")];
    const at = rows.indexOf(document.activeElement);
    const inBox = document.activeElement?.id === "search-q";
    if (at < 0 && !(inBox && step === 1)) return;
    event.preventDefault();
    if (at + step < 0) document.getElementById("search-q")?.focus();
    else rows[Math.min(at + step, rows.length - 1)]?.focus();
  });
}
