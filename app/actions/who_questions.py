"""Whom a message from a shared phone is about, asked by initials only, so that it tells strangers nothing:
which question is open for a number, and what a reply to it says. Reads only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.actions.questions import SEEN
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.message import Message
from app.models.patient import Patient
from messaging.delivery import MessageStatus
from messaging.questions import Option, Question
from messaging.replies import understand

WHO_IS_IT = "who_is_it"
#: One conversation: a phone is asked once in it, and an answer is looked for as long.
WINDOW = timedelta(hours=24)
#: More people than this are for staff to tell apart.
MOST = 5
_WAITS = (MessageStatus.QUEUED, *SEEN)


@dataclass(frozen=True, slots=True)
class WhoQuestion:
    """Our question to a phone, as the last one of its conversation."""

    message: Message

    @property
    def at(self) -> datetime:
        return self.message.sent_at or self.message.created_at

    @property
    def has_left(self) -> bool:
        return self.message.status in SEEN

    @property
    def answered_key(self) -> str | None:
        return (self.message.asked or {}).get("answered_key")

    @property
    def about(self) -> UUID:
        """The message nobody could place."""
        return UUID((self.message.asked or {})["message_id"])

    def answer(self, body: str) -> UUID | None:
        """The patient a reply names, by number or initials; None when it names nobody for sure."""
        options = tuple(
            Option(str(each["key"]), int(each["number"]), str(each["label"]))
            for each in (self.message.asked or {})["options"]
        )
        letters = _letters(body)
        named = [option.key for option in options if _letters(option.label) == letters]
        key = named[0] if named else understand(body, Question("choice", options)).key
        return UUID(key) if key else None


def last_asked(number: PhoneNumber, *, at: datetime) -> WhoQuestion | None:
    """The question this phone was asked in the running conversation, answered or not."""
    found = db.session.scalars(
        select(Message)
        .where(
            Message.practice_id == number.practice_id,
            Message.phone_number_id == number.id,
            Message.created_at > at - WINDOW,
            Message.send_key.startswith("who:"),
            Message.status.in_(_WAITS),
        )
        .order_by(Message.created_at.desc())
        .limit(1)
    ).first()
    return WhoQuestion(found) if found is not None else None


def options_for(patients: Sequence[Patient]) -> tuple[Option, ...]:
    """One option each, by initials; none when initials do not tell them apart."""
    labels = [initials(patient) for patient in patients]
    if not 2 <= len(labels) <= MOST or len(set(labels)) < len(labels):
        return ()
    named = enumerate(zip(patients, labels, strict=True), 1)
    return tuple(Option(str(patient.id), number, label) for number, (patient, label) in named)


def initials(patient: Patient) -> str:
    """ "A.M."; nobody else's phone learns more."""
    return "".join(
        f"{name.strip()[:1].upper()}." for name in (patient.given_name, patient.family_name)
    )


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text).casefold()
