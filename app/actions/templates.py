"""Message wording: the practice's own words where it wrote some, else the shipped ones; saved only when
the lint finds nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.models.event import Actor, record
from app.models.message import MessageTemplate
from app.models.practice import Practice
from app.models.protocol_definition import said_in
from app.models.shipped.loader import shipped_templates
from messaging import wording


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording in one language. `own` tells that the practice wrote it."""

    key: str
    language: str
    title: str
    body: str
    is_reply: bool
    own: bool


def phrase_for(practice: Practice, key: str, language: str) -> Phrase:
    """The wording of `key`: the practice's in this language, else the shipped one (English when there is
    no other). Raises NotFound for a key nobody wrote."""
    own = db.session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.key == key,
            MessageTemplate.language.in_([language, "en"]),
        )
    ).all()
    written = {row.language: row for row in own}
    shipped = shipped_templates().get(key)
    if language in written:
        return _own(written[language])
    if shipped is not None and (language in shipped.body or "en" not in written):
        known = language if language in shipped.body else "en"
        return Phrase(
            key, known, shipped.title, said_in(shipped.body, known), shipped.is_reply, False
        )
    if "en" in written:
        return _own(written["en"])
    raise NotFound(f"There is no wording called {key}.")


def render_template(practice: Practice, key: str, language: str, values: Mapping[str, str]) -> str:
    """The wording of `key` with its placeholders filled in.

    Raises NotFound for an unknown key, messaging.errors.WordingError for a value that is missing.
    """
    return wording.render(phrase_for(practice, key, language).body, values)


def reply_phrases(practice: Practice, language: str) -> list[Phrase]:
    """What the reply box offers, by title: the practice's own and the shipped ones it did not replace."""
    own = db.session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.is_reply,
            MessageTemplate.language == language,
        )
    )
    found = {row.key: _own(row) for row in own}
    for key, shipped in shipped_templates().items():
        if shipped.is_reply and key not in found:
            body = said_in(shipped.body, language)
            found[key] = Phrase(key, language, shipped.title, body, True, False)
    return sorted(found.values(), key=lambda phrase: phrase.title)


def save(
    practice: Practice,
    key: str,
    language: str,
    *,
    title: str,
    body: str,
    is_reply: bool,
    by: Actor,
    at: datetime,
) -> MessageTemplate:
    """Keep the practice's own wording. Raises Invalid with everything the lint found."""
    shipped = shipped_templates().get(key)
    first = shipped is not None and shipped.is_first
    emergency = shipped is not None and shipped.is_emergency
    problems = wording.lint(body, language=language, first=first, emergency=emergency)
    if problems:
        raise Invalid(" ".join(problem.text for problem in problems), field="body")
    row = db.session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.key == key,
            MessageTemplate.language == language,
        )
    ).one_or_none()
    if row is None:
        row = MessageTemplate(practice_id=practice.id, key=key, language=language)
        db.session.add(row)
    row.title, row.body, row.is_reply, row.updated_at = title.strip(), body.strip(), is_reply, at
    record(row, "template.saved", by=by, at=at, key=key, language=language)
    return row


def _own(row: MessageTemplate) -> Phrase:
    return Phrase(row.key, row.language, row.title, row.body, row.is_reply, True)
