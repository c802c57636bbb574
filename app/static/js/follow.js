// The newest message stays in sight: on opening, and when one arrives while the reader is at the end.
const NEAR = 160;

export function followThread() {
  const thread = document.getElementById("thread");
  if (!thread) return;
  toEnd();
  let atEnd = true;
  document.body.addEventListener("htmx:beforeSwap", () => { atEnd = isAtEnd(); });
  document.body.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (atEnd || detail.elt?.id === "composer") toEnd();
  });
}

const isAtEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - NEAR;
const toEnd = () => scrollTo({ top: document.documentElement.scrollHeight });
