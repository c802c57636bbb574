// Short words at the bottom of the page, with an undo where the server offers one. The server names
// them in HX-Trigger; a request that never arrived gets its own.
const STAY = 9000;
const LOST = "That did not reach the server. Check the connection and try again.";

export function showToasts() {
  const place = document.getElementById("toasts");
  if (!place) return;
  document.body.addEventListener("toast", ({ detail }) => show(place, detail));
  document.body.addEventListener("htmx:sendError", ({ detail }) => {
    if (detail.requestConfig?.verb !== "get") {
      show(place, { kind: "danger", text: place.dataset.lost ?? LOST });
    }
  });
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest(".note-toast").remove();
  });
  // An open dialog covers and silences all around it, so the toasts go where the person is.
  document.addEventListener("close", () => document.body.append(place), true);
  for (const toast of place.children) leave(toast, STAY);
}

function show(place, { text, kind, undo }) {
  const here = document.querySelector("dialog[open]") ?? document.body;
  if (place.parentElement !== here) here.append(place);
  const toast = document.createElement("div");
  toast.className = `note-toast note-${kind}`;
  if (kind === "danger") toast.setAttribute("role", "alert");
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(words);
  if (undo) toast.append(undoButton(toast, undo));
  toast.append(closeButton(toast, place.dataset.close ?? "Close"));
  place.append(toast);
  while (place.children.length > 3) place.firstElementChild.remove();
  leave(toast, undo ? 2 * STAY : STAY);
}

// Never from under somebody's pointer or keyboard.
function leave(toast, stay) {
  setTimeout(() => {
    if (toast.matches(":hover, :focus-within")) leave(toast, stay);
    else toast.remove();
  }, stay);
}

function undoButton(toast, undo) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "undo";
  button.textContent = "Undo";
  button.addEventListener("click", () => {
    toast.remove();
    window.htmx.ajax(undo.method, undo.url, { source: document.body, target: document.body, swap: "none" });
  });
  return button;
}

function closeButton(toast, words) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "toast-close";
  button.setAttribute("aria-label", words);
  button.textContent = "✕";
  button.addEventListener("click", () => toast.remove());
  return button;
}
