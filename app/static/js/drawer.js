// The drawer: links marked data-drawer open their page beside the board. A dialog keeps the focus in
// and gives it back when it closes.
export function openDrawers() {
  const drawer = document.getElementById("drawer");
  if (!drawer) return;
  const body = drawer.querySelector("#drawer-body");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-drawer]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      open(drawer, body, link.getAttribute("href"));
    }
    if (event.target === drawer || event.target.closest("[data-close-dialog]")) {
      event.target.closest("dialog")?.close();
    }
  });
  drawer.addEventListener("close", () => body.replaceChildren());
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.elt?.closest?.("[data-closes-drawer]");
    if (form && detail.requestConfig?.verb !== "get" && detail.xhr.status === 204) {
      if (drawer.open) drawer.close();
      else location.assign("/");
    }
  });
}

export function openInDrawer(url) {
  const drawer = document.getElementById("drawer");
  return open(drawer, drawer.querySelector("#drawer-body"), url);
}

async function open(drawer, body, url) {
  body.setAttribute("aria-busy", "true");
  body.textContent = "Loading…";
  if (!drawer.open) drawer.showModal();
  await window.htmx.ajax("GET", url, { source: body, target: body, swap: "innerHTML" });
  body.removeAttribute("aria-busy");
  drawer.querySelector("[autofocus], h1, h2")?.focus();
}
