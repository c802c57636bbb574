"""Why one of our messages was sent, or was not: each answer of the gate with what it was told and the consent
it relied on, each try, and what was reported of it; of one that came in, what became of it. A constant number
of statements."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select

from app.access import message_for, seen
from app.core.db import db
from app.models.consent import Consent
from app.models.contact_point import PhoneNumber
from app.models.event import Event
from app.models.list_send import ListRecipient
from app.models.message import Message, SendAttempt
from app.models.message_verdict import MessageVerdict
from app.models.practice import Line
from app.models.shipped.loader import shipped_templates
from app.models.viewer import Viewer
from app.models.wording_version import WordingVersion
from app.queries.timeline import staff_names

MOST = 100


@dataclass(frozen=True, slots=True)
class MessageStory:
    message: Message
    #: Oldest first, each with the row of the consent ledger it relied on.
    answers: list[tuple[MessageVerdict, Consent | None]]
    attempts: list[SendAttempt]
    events: list[Event]
    number: str | None
    line: str | None
    #: The list it was sent to, if it was.
    list_id: UUID | None
    #: What staff call the wording it was written from; None when it was written from none.
    wording: str | None
    names: dict[UUID, str]


def message_story(viewer: Viewer, message_id: UUID) -> MessageStory:
    """Raises NotFound for a message that is not there or not the viewer's to see."""
    message = message_for(viewer, message_id)
    if message.patient_id is not None:
        seen(viewer, [message.patient_id], through="thread")
    return MessageStory(
        message,
        _answers(message),
        _attempts(message),
        _events(message),
        *_ends(message),
        _wording(message),
        staff_names(viewer),
    )


def _answers(message: Message) -> list[tuple[MessageVerdict, Consent | None]]:
    relied_on = and_(
        Consent.practice_id == MessageVerdict.practice_id, Consent.id == MessageVerdict.consent_id
    )
    found = db.session.execute(
        select(MessageVerdict, Consent)
        .outerjoin(Consent, relied_on)
        .where(
            MessageVerdict.practice_id == message.practice_id,
            MessageVerdict.message_id == message.id,
        )
        .order_by(MessageVerdict.at, MessageVerdict.id)
        .limit(MOST)
    )
    return [(answer, consent) for answer, consent in found]


def _attempts(message: Message) -> list[SendAttempt]:
    mine = select(SendAttempt).where(
        SendAttempt.practice_id == message.practice_id, SendAttempt.message_id == message.id
    )
    return list(db.session.scalars(mine.order_by(SendAttempt.epoch).limit(MOST)))


def _events(message: Message) -> list[Event]:
    mine = select(Event).where(
        Event.practice_id == message.practice_id,
        Event.subject_type == Message.__tablename__,
        Event.subject_id == message.id,
    )
    return list(db.session.scalars(mine.order_by(Event.at, Event.id).limit(MOST)))


def _ends(message: Message) -> tuple[str | None, str | None, UUID | None]:
    """The number it goes to, the line it leaves from, and the list it belongs to."""
    key = message.practice_id
    number = select(PhoneNumber.e164).where(
        PhoneNumber.practice_id == key, PhoneNumber.id == message.phone_number_id
    )
    line = select(Line.number).where(Line.practice_id == key, Line.id == message.line_id)
    sent_to = select(ListRecipient.list_id).where(
        ListRecipient.practice_id == key, ListRecipient.message_id == message.id
    )
    parts = (each.scalar_subquery() for each in (number, line, sent_to))
    found = db.session.execute(select(*parts)).one()
    return found[0], found[1], found[2]


def _wording(message: Message) -> str | None:
    """The title of its wording as it was in that version, or as it ships."""
    key = message.template_key
    if key is None or key in shipped_templates():
        return shipped_templates()[key].title if key is not None else None
    return db.session.scalar(
        select(WordingVersion.title)
        .where(
            WordingVersion.practice_id == message.practice_id,
            WordingVersion.key == key,
            WordingVersion.number == message.template_version,
        )
        .limit(1)
    )
