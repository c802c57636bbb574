"""What a wording is for, and so what it must and must not say: a shipped one by its flags, a practice's own
by where it is offered (the reply box, or texts to a list)."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from app.models.protocol_definition import ByLanguage
from app.models.shipped.loader import shipped_templates
from app.models.wording_version import WordingVersion
from messaging import wording
from messaging.wording import PLACEHOLDERS, Problem

#: Keys of wordings a practice added begin so; no shipped one does.
OWN_PREFIX = "own."
#: What is known of every patient; the rest belongs to a task.
FILLED_IN_LISTS = ("patient_first_name", "practice_name", "practice_phone", "portal_link")
FILLED_IN_REPLIES = ("patient_first_name", "practice_name", "practice_phone")
_NO_ANSWERS = Problem(
    "no_answers",
    "Say how to answer: use {options} (in English and Spanish), or write 1 = …, 2 = … in this language.",
)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Known:
    """A wording somebody wrote once. `shipped` None: the practice added it."""

    key: str
    title: str
    is_reply: bool = False
    is_first: bool = False
    is_emergency: bool = False
    shipped: ByLanguage | None = None

    @property
    def is_own(self) -> bool:
        return self.shipped is None

    def shipped_in(self, language: str) -> str:
        """The words that come with Touchline; "" when there are none in this language."""
        words = (self.shipped or {}).items()
        return next((body for tag, body in words if tag == language), "")

    def problems_of(self, body: str, language: str, listed: Collection[str] = ()) -> list[Problem]:
        """Everything that keeps these words from being used. `listed`: the practice's own clinical words."""
        found = wording.lint(
            body,
            language=language,
            first=self.is_first,
            emergency=self.is_emergency,
            listed=listed,
        )
        if "{options}" in self.shipped_in("en") and not _names_answers(body):
            found.append(_NO_ANSWERS)
        if not self.is_own:
            return found
        if self.is_reply:
            return found + unfilled(body, FILLED_IN_REPLIES, "a reply")
        return found + unfilled(body, FILLED_IN_LISTS, "a text to a list")


def _names_answers(body: str) -> bool:
    return "{options}" in body or all(re.search(rf"\b{n}\b", body) for n in (1, 2))


def unfilled(body: str, filled: Collection[str], what: str) -> list[Problem]:
    """Placeholders that mean something elsewhere, but nothing is known for them here."""
    return [
        Problem(
            "not_for_lists",
            f"{{{name}}} belongs to a task; {what} cannot fill it in.",
            f"{{{name}}}",
        )
        for name in dict.fromkeys(_PLACEHOLDER.findall(body))
        if name in PLACEHOLDERS and name not in filled
    ]


def shipped_wordings() -> dict[str, Known]:
    """Every wording that comes with Touchline, by key."""
    return {
        key: Known(key, each.title, each.is_reply, each.is_first, each.is_emergency, each.body)
        for key, each in shipped_templates().items()
    }


def own_wordings(newest_last: Iterable[WordingVersion]) -> dict[str, Known]:
    """The wordings a practice added, by key, as their newest version describes them."""
    return {
        row.key: Known(row.key, row.title, row.is_reply, is_first=not row.is_reply)
        for row in newest_last
        if row.key.startswith(OWN_PREFIX)
    }
