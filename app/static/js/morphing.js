// Fresh fragments are morphed into the page: what a person opened, typed or focused stays as it is.
export function keepWhatPeopleOpened() {
  const morphing = window.Idiomorph?.defaults;
  if (!morphing) return;
  morphing.ignoreActiveValue = true;
  morphing.restoreFocus = true;
  const before = morphing.callbacks.beforeAttributeUpdated;
  morphing.callbacks.beforeAttributeUpdated = (name, node, change) => {
    if (name === "open" && ["DETAILS", "DIALOG"].includes(node.tagName)) return false;
    return before?.(name, node, change);
  };
}
