"""How a wording would read for one patient, in their language, and what the gate says. Writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.actions import protocols, send_facts_many, task_wording
from app.actions.ladder_texts import channel_of
from app.core.db import db
from app.core.settings import current_settings
from app.models.known_wording import Known
from app.models.message import Channel, Message
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.protocol import Protocol
from app.models.protocol_definition import Definition
from messaging import segments, wording
from messaging.errors import WordingError
from messaging.gate import Purpose, Verdict
from messaging.languages import FALLBACK
from messaging.segments import SegmentCount
from messaging.wording import PLACEHOLDERS

#: What a wording is sent for, by the first part of its key; a protocol says its own.
_PURPOSES = {"service": Purpose.SERVICE, "portal": Purpose.SIGN_IN, "reply": Purpose.STAFF_REPLY,
             "clarify": Purpose.CARE_NAVIGATION}  # fmt: skip
#: These answer what the person just did.
_SOLICITED = ("service", "portal", "clarify")


@dataclass(frozen=True, slots=True)
class WordingPreview:
    """`language` is what they get; `invented` names what was filled in by a sample, for want of a task.
    `body` is None, with the `problem`, when it cannot be filled in; `counted` is None in the portal."""

    language: str
    body: str | None
    counted: SegmentCount | None
    verdict: Verdict
    invented: tuple[str, ...] = ()
    problem: str = ""


def preview(
    practice: Practice, known: Known, bodies: Mapping[str, str], patient: Patient, *, at: datetime
) -> WordingPreview:
    """Judge the words as typed, `bodies` by language; a language without words goes out in English."""
    language = patient.language if bodies.get(patient.language, "").strip() else FALLBACK
    definition = _definition(practice, known)
    sms = channel_of(patient) is Channel.SMS
    verdict = _verdict(practice, known, definition, patient, at=at)
    body, real = bodies.get(language, ""), _values(practice, known, definition, patient, language)
    samples = {name: said.get(language, said["en"]) for name, said in PLACEHOLDERS.items()}
    try:
        words = wording.render(body, samples | real).strip()
    except WordingError as error:
        return WordingPreview(language, None, None, verdict, problem=error.person_text)
    words = segments.fold(words) if sms else words
    invented = tuple(n for n in PLACEHOLDERS if f"{{{n}}}" in body and n not in real)
    return WordingPreview(
        language, words, segments.count(words) if sms else None, verdict, invented
    )


def _values(
    practice: Practice, known: Known, definition: Definition | None, patient: Patient, language: str
) -> dict[str, str]:
    """What is known without a task; a blank value stays away, so that the hole shows."""
    values = {
        "patient_first_name": patient.given_name,
        "practice_name": practice.name,
        "practice_phone": task_wording.practice_phone(practice),
    }
    if known.key != "portal.sign_in":
        values["portal_link"] = f"{current_settings().public_url}/portal"
    if definition is not None:
        of_barrier = known.key.endswith(".barrier")
        options = task_wording.barrier_options if of_barrier else task_wording.yes_no_options
        values["options"] = options(definition, language)
    return values


def _verdict(
    practice: Practice,
    known: Known,
    definition: Definition | None,
    patient: Patient,
    *,
    at: datetime,
) -> Verdict:
    """The gate's answer to such a text at this moment."""
    family = known.key.partition(".")[0]
    by_staff = known.is_reply
    purpose = Purpose.STAFF_REPLY if by_staff else _PURPOSES.get(family, Purpose.CARE_NAVIGATION)
    purpose = Purpose(definition.purpose) if definition is not None else purpose
    row = Message(
        practice_id=practice.id,
        patient_id=patient.id,
        channel=channel_of(patient),
        purpose=purpose.value,
        is_automated=not by_staff,
        solicited=family in _SOLICITED,
        confirms_opt_out=known.key == "service.stopped",
    )
    around = send_facts_many.look_around(practice, [patient], purpose=purpose.value, at=at)
    return around.judge(row, patient, at=at)


def _definition(practice: Practice, known: Known) -> Definition | None:
    """Of the protocol whose text it is, as new tasks begin with it; None for other texts."""
    of_type = select(Protocol).where(
        Protocol.practice_id == practice.id,
        Protocol.task_type == known.key.partition(".")[0],
        Protocol.is_current,
    )
    found = db.session.scalars(of_type).one_or_none()
    return protocols.read(found) if found is not None else None
