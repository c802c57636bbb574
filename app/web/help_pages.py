"""The help's pages: a file of Markdown per role in docs/help, read once, and which section belongs to which
part of the product. A place whose section is gone fails a test."""

import re
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from app.core.settings import ROOT
from app.models.user import Role

FOLDER = ROOT / "docs" / "help"
#: Page → its name in the menu.
PAGES = {
    "navigator": "Navigators",
    "front-desk": "Front desk",
    "lead": "Leads and managers",
    "it": "IT",
}
#: Which page a role begins with.
OF_ROLE = {
    Role.NAVIGATOR: "navigator",
    Role.CLINICIAN: "navigator",
    Role.LEAD: "lead",
    Role.FRONT_DESK: "front-desk",
    Role.ADMIN: "it",
    Role.ANALYST: "lead",
}
#: Part of the product (blueprint) → section, by page; a page without it begins at its top.
SECTIONS: dict[str, dict[str, str]] = {
    "board": {"navigator": "the-board", "lead": "the-board"},
    "inbox": {"navigator": "the-inbox"},
    "conversations": {"navigator": "the-inbox"},
    "undelivered": {"lead": "what-did-not-arrive", "navigator": "the-inbox"},
    "held": {"lead": "what-did-not-arrive", "navigator": "the-inbox"},
    "patients": {"navigator": "patients", "front-desk": "patients", "lead": "patients"},
    "search": {"navigator": "patients", "front-desk": "patients", "lead": "patients"},
    "merges": {"lead": "patients"},
    "partner_merges": {"navigator": "referrals"},
    "lists": {"lead": "patients"},
    "numbers": {"front-desk": "consent", "navigator": "patients"},
    "tasks": {"navigator": "tasks"},
    "referrals": {"navigator": "referrals"},
    "reports": {"lead": "reports", "navigator": "time"},
    "measures": {"lead": "reports"},
    "months": {"lead": "reports"},
    "exports": {"lead": "reports"},
    "settings": {"lead": "settings", "it": "people-and-access"},
    "protocol_settings": {"lead": "settings"},
    "wording": {"lead": "settings"},
    "absences": {"lead": "people-and-leave"},
    "imports": {"it": "imports", "lead": "patients"},
    "tokens": {"it": "people-and-access"},
}
_MARKDOWN = MarkdownIt("commonmark", {"html": False})


@dataclass(frozen=True, slots=True)
class Section:
    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class HelpPage:
    name: str
    title: str
    body: Markup
    sections: tuple[Section, ...]


@cache
def page(name: str) -> HelpPage:
    """A page of PAGES, drawn. Headings get anchors; HTML in the text is text."""
    tokens = _MARKDOWN.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    title, rest = tokens[1].content, tokens[3:]
    sections = tuple(_sections(rest))
    drawn = _MARKDOWN.renderer.render(rest, _MARKDOWN.options, {})
    return HelpPage(name, title, Markup(drawn), sections)  # noqa: S704 - our own text, HTML off


def section_of(blueprint: str | None, name: str) -> str:
    """The section of this page about a part of the product; "" for its top."""
    return SECTIONS.get(blueprint or "", {}).get(name, "")


def _sections(tokens: list[Token]) -> list[Section]:
    found = []
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            title = tokens[place + 1].content
            anchor = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
            token.attrSet("id", anchor)
            found.append(Section(anchor, title))
    return found
