// Is a person there? Requests a page makes by itself say so, and don't keep a session alive; typing a
// long note without sending anything does.
const AUTOMATIC = "X-Touchline-Auto";
let touched = true;

export function noteActivity() {
  for (const sign of ["keydown", "pointerdown", "wheel", "touchstart"]) {
    addEventListener(sign, () => { touched = true; }, { passive: true });
  }
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    const token = document.querySelector("meta[name=csrf-token]")?.content;
    if (token && detail.verb !== "get") detail.headers["X-CSRFToken"] = token;
    const cause = detail.triggeringEvent?.type ?? "";
    const byItself = !cause || cause === "load" || cause.startsWith("poke:") || cause === "refresh";
    if (byItself) detail.headers[AUTOMATIC] = "1";
  });
}

// Headers for a page's own question: automatic unless somebody touched the page since the last one.
export function ownHeaders() {
  const headers = touched ? {} : { [AUTOMATIC]: "1" };
  touched = false;
  return headers;
}
