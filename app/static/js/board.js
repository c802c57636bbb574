export function moveCards() {}
