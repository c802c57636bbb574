"""What a patient agrees to beside texts: care management programmes, whose time counts only with a consent on
record, and passing on records under 42 CFR Part 2. Each word is a row of the consent ledger."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.actions import consents
from app.core.db import db
from app.core.errors import Invalid
from app.models.consent import PART_2_SHARING, PROGRAM, RECORD, Consent, ConsentDecision, ConsentHow
from app.models.event import Actor
from app.models.patient import Patient
from app.models.practice import Practice


@dataclass(frozen=True, slots=True)
class Word:
    """What the patient said, of what, when and to whom. `on` is their day; `until` the last day of a yes."""

    purpose: str
    decision: ConsentDecision
    how: ConsentHow
    wording: str
    language: str
    on: date
    until: date | None = None


def hear(patient: Patient, word: Word, *, today: date, by: Actor, at: datetime) -> Consent:
    """Write the word down.

    Raises Invalid for a day to come, an end before it, or when what ends was never agreed to.
    """
    if word.on > today:
        raise Invalid("The day of their word cannot be in the future.", field="on")
    if word.until is not None and word.until < word.on:
        raise Invalid("It would end before it begins.", field="until")
    channel = RECORD if word.purpose == PART_2_SHARING else PROGRAM
    said = consents.Said(
        word.how, word.wording, word.language, _moment(patient, word.on, today, at), channel, word.purpose,
        word.until if word.decision is ConsentDecision.GIVEN else None,
    )  # fmt: skip
    match word.decision:
        case ConsentDecision.GIVEN:
            given = consents.give(patient, None, said, by=by, at=at)
            if given is None:
                raise ValueError("a word heard by staff is never second-hand")
            return given
        case ConsentDecision.WITHDRAWN:
            return consents.withdraw(patient, None, said, by=by, at=at)
        case _:
            return consents.decline(patient, said, by=by, at=at)


def _moment(patient: Patient, on: date, today: date, at: datetime) -> datetime:
    """Now for a word of today, else noon of its day at the practice."""
    if on == today:
        return at
    practice = db.session.get_one(Practice, patient.practice_id)
    return datetime.combine(on, time(12), ZoneInfo(practice.time_zone)).astimezone(UTC)
