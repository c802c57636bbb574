"""A page's form as a browser would send it back untouched."""

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Any] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "select":
            self.select = has.get("name", "")
        elif tag == "option" and self.select:
            self._option(has)
        elif tag == "input" and has.get("name"):
            self._input(has)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""

    def _option(self, has: dict[str, str]) -> None:
        if "selected" in has or self.select not in self.found:
            self.found[self.select] = has.get("value", "")

    def _input(self, has: dict[str, str]) -> None:
        if has.get("type") != "checkbox":
            self.found[has["name"]] = has.get("value", "")
        elif "checked" in has:
            self.found.setdefault(has["name"], []).append(has.get("value", ""))


def as_sent(page: str) -> dict[str, Any]:
    """Names and values; ticked boxes as lists."""
    fields = _Fields()
    fields.feed(page)
    return fields.found
