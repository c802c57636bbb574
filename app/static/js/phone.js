// An invented phone: the newest text stays in sight, the line is empty again once it was sent.
const toEnd = () => {
  const texts = document.getElementById("texts");
  if (texts) texts.scrollTop = texts.scrollHeight;
};

toEnd();
document.body.addEventListener("htmx:afterSettle", toEnd);
document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.matches?.("[data-clear]")) {
    detail.elt.reset();
    detail.elt.elements.namedItem("body").focus();
  }
});
