"""Which languages a practice writes texts in beside English and Spanish."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from app.core.columns import Row
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.practice import Practice
from messaging.languages import ALWAYS, LANGUAGES
from messaging.plain_words import plain

MOST_WORDS, LONGEST_WORD = 500, 60


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


def list_words(
    practice: Practice, tag: str, words: Iterable[str], *, by: Actor, at: datetime
) -> None:
    """Say which words no text may hold in an added language. Raises Invalid; words in use stay in use."""
    if tag in ALWAYS or tag not in practice.languages:
        raise Conflict("This language is not there any more.")
    listed = list(dict.fromkeys(each for word in words if (each := " ".join(word.split()))))
    if not listed or any(not plain(word) for word in listed):
        raise Invalid("Write at least one word, each on a line of its own.", field="words")
    if len(listed) > MOST_WORDS or max(map(len, listed)) > LONGEST_WORD:
        raise Invalid(f"At most {MOST_WORDS} words of {LONGEST_WORD} characters.", field="words")
    before = {"clinical_words": practice.clinical_words_in(tag)}
    practice.clinical_words = {**practice.clinical_words, tag: listed}
    record(cast(Row, practice), "practice.changed", by=by, at=at, before=before,
           after={"clinical_words": listed})  # fmt: skip


def _set(practice: Practice, tags: list[str], *, by: Actor, at: datetime) -> None:
    before = {"languages": list(practice.languages)}
    practice.languages = tags
    subject = cast(Row, practice)  # no Row: it is the practice that rows belong to
    record(subject, "practice.changed", by=by, at=at, before=before, after={"languages": tags})
