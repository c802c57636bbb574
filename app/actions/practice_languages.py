"""Which languages a practice writes texts in beside English and Spanish."""

from datetime import datetime
from typing import cast

from app.core.columns import Row
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.practice import Practice
from messaging.languages import ALWAYS, LANGUAGES


def add(practice: Practice, tag: str, *, by: Actor, at: datetime) -> None:
    """Offer a language: it counts once words are approved. Raises Invalid; Conflict when it is there."""
    if tag not in LANGUAGES:
        raise Invalid("Choose one of the languages shown.", field="language")
    if tag in practice.all_languages:
        raise Conflict(f"{LANGUAGES[tag].name} is there already.")
    _set(practice, [*practice.languages, tag], by=by, at=at)


def remove(practice: Practice, tag: str, *, by: Actor, at: datetime) -> None:
    """Whoever reads it gets English again. Its words are kept, in case it comes back."""
    if tag in ALWAYS or tag not in practice.languages:
        raise Conflict("This language is not there any more.")
    _set(practice, [each for each in practice.languages if each != tag], by=by, at=at)


def _set(practice: Practice, tags: list[str], *, by: Actor, at: datetime) -> None:
    before = {"languages": list(practice.languages)}
    practice.languages = tags
    subject = cast(Row, practice)  # no Row: it is the practice that rows belong to
    record(subject, "practice.changed", by=by, at=at, before=before, after={"languages": tags})
