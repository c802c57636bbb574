// A slow machine shows a search before it listens; what was typed until then is looked up once it does.
export function findWhatWasTyped() {
  document.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("input[type=search]")) {
      if (field.value === field.defaultValue) continue;
      const asks = field.closest("[hx-get]");
      if (asks) window.htmx.trigger(asks, asks === field ? "search" : "submit");
    }
  });
}
