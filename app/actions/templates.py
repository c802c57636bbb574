"""Message wording as it is used: the practice's own words where it has approved some, else the shipped ones,
and which version they were."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.models.message import MessageTemplate
from app.models.practice import Practice
from app.models.protocol_definition import said_in
from app.models.shipped.loader import shipped_templates
from app.models.wording_version import SHIPPED
from messaging import wording
from messaging.languages import FALLBACK


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording in one language. `version` 0: the words that come with Touchline."""

    key: str
    language: str
    title: str
    body: str
    is_reply: bool
    version: int = SHIPPED

    @property
    def own(self) -> bool:
        """Whether the practice wrote it."""
        return self.version != SHIPPED


@dataclass(frozen=True, slots=True)
class Filled:
    """The words for one person, and what they were written from."""

    body: str
    language: str
    key: str
    version: int
    #: The reader's language, when there were no words in it.
    wanted: str | None = None


def phrase_for(practice: Practice, key: str, language: str) -> Phrase:
    """The wording of `key`: the practice's in this language, else the shipped one (English when there is
    no other). Raises NotFound for a key nobody wrote."""
    spoken = language if language in practice.all_languages else FALLBACK
    own = db.session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.key == key,
            MessageTemplate.language.in_([spoken, FALLBACK]),
        )
    ).all()
    written = {row.language: row for row in own}
    shipped = shipped_templates().get(key)
    if spoken in written:
        return _own(written[spoken])
    if shipped is not None and (spoken in shipped.body or FALLBACK not in written):
        known = spoken if spoken in shipped.body else FALLBACK
        return Phrase(key, known, shipped.title, said_in(shipped.body, known), shipped.is_reply)
    if FALLBACK in written:
        return _own(written[FALLBACK])
    raise NotFound(f"There is no wording called {key}.")


def fill(practice: Practice, key: str, language: str, values: Mapping[str, str]) -> Filled:
    """The wording of `key` with its placeholders filled in.

    Raises NotFound for an unknown key, messaging.errors.WordingError for a value that is missing.
    """
    return fill_in(phrase_for(practice, key, language), language, values)


def fill_in(phrase: Phrase, wanted: str, values: Mapping[str, str]) -> Filled:
    """The phrase with its placeholders filled in, for somebody who reads `wanted`. Raises WordingError."""
    body = wording.render(phrase.body, values)
    missed = wanted if wanted != phrase.language else None
    return Filled(body, phrase.language, phrase.key, phrase.version, missed)


def reply_phrases(practice: Practice, language: str) -> list[Phrase]:
    """What the reply box offers, by title: the practice's own and the shipped ones it did not replace, each
    in this language where it has words, else in English."""
    spoken = language if language in practice.all_languages else FALLBACK
    own = db.session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.is_reply,
            MessageTemplate.language.in_([spoken, FALLBACK]),
        )
    ).all()
    found = {row.key: _own(row) for row in own if row.language == FALLBACK}
    for key, shipped in shipped_templates().items():
        if shipped.is_reply and (key not in found or spoken in shipped.body):
            known = spoken if spoken in shipped.body else FALLBACK
            if known != FALLBACK or key not in found:
                body = said_in(shipped.body, known)
                found[key] = Phrase(key, known, shipped.title, body, True)
    found |= {row.key: _own(row) for row in own if row.language == spoken}
    return sorted(found.values(), key=lambda phrase: phrase.title)


def list_phrases(practice: Practice) -> list[Phrase]:
    """The wordings the practice added for texts to a list, by title and language."""
    rows = db.session.scalars(
        select(MessageTemplate)
        .where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.key.startswith("own.", autoescape=True),
            ~MessageTemplate.is_reply,
        )
        .order_by(MessageTemplate.title, MessageTemplate.language)
    )
    return [_own(row) for row in rows]


def _own(row: MessageTemplate) -> Phrase:
    return Phrase(row.key, row.language, row.title, row.body, row.is_reply, row.version)
