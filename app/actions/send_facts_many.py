"""What the send gate is told about many messages at once: the same facts as `send_facts`, read with one
statement for each kind of them, whatever the number of people. For previews; a real send asks for itself."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.actions import carrier_blocks, consent_state, message_route, send_facts, shared_numbers
from app.core.db import db
from app.models.consent import EVERYTHING, Consent
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.message import Channel, Message
from app.models.patient import Patient
from app.models.practice import Line, Practice
from messaging.gate import Verdict, judge


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was read about all of them."""

    practice: Practice
    numbers: Mapping[UUID, PhoneNumber]
    lines: Mapping[UUID, Line]
    consents: Mapping[UUID, Sequence[Consent]]
    users: Mapping[UUID, frozenset[UUID]]
    recent: Mapping[UUID, Sequence[datetime]]
    blocked: Collection[tuple[UUID, UUID | None]]

    def judge(self, message: Message, patient: Patient, *, at: datetime) -> Verdict:
        """The gate's verdict on a text to the patient's best number; the row is stored nowhere."""
        return judge(self.known(message, patient, at=at).facts, at=at)

    def known(self, message: Message, patient: Patient, *, at: datetime) -> send_facts.Known:
        """What the gate is told, exactly as `send_facts.facts_for` would tell it."""
        if message.channel is Channel.PORTAL:
            inside = send_facts.Around(self.practice, patient, None, None, None, False, ())
            return send_facts.facts_of(message, inside, at=at)
        number = self.numbers.get(patient.id)
        others = self.users.get(number.id, frozenset()) - {patient.id} if number else frozenset()
        line = self.lines.get(patient.id)
        consent = consent_state.newest_of(
            self.consents.get(patient.id, ()), has_patient=True, is_shared=bool(others)
        )
        around = send_facts.Around(
            self.practice,
            patient,
            number,
            line,
            consent,
            is_shared=bool(others) and send_facts.leans_on_person(consent),
            recent=self.recent.get(patient.id, ()),
            is_blocked=number is not None
            and (number.id, line.id if line else None) in self.blocked,
        )
        return send_facts.facts_of(message, around, at=at)


def look_around(
    practice: Practice, patients: Sequence[Patient], *, purpose: str, at: datetime
) -> Surroundings:
    """Read what surrounds texts to these patients. Seven statements at most."""
    ids = [patient.id for patient in patients]
    numbers = message_route.best_numbers(practice.id, ids)
    return Surroundings(
        practice,
        numbers,
        _lines(practice.id, ids),
        _consents(practice.id, numbers, ids, purpose),
        _users(practice.id, numbers),
        _recent(practice.id, ids, at),
        carrier_blocks.pairs(numbers.values()),
    )


def _lines(practice_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Line]:
    """Patient → the line a text to them leaves from, as `message_route.line_for` chooses it."""
    lines = {line.id: line for line in message_route.active_lines(practice_id)}
    if not lines:
        return {}
    used = message_route.lines_used(practice_id, ids) if len(lines) > 1 else {}
    first = next(iter(lines.values()))
    return {row_id: lines.get(used.get(row_id, first.id), first) for row_id in ids}


def _consents(
    practice_id: UUID, numbers: Mapping[UUID, PhoneNumber], ids: Sequence[UUID], purpose: str
) -> dict[UUID, list[Consent]]:
    """Patient → the decisions about them or about their number, oldest first."""
    number_ids = {number.id for number in numbers.values()}
    rows = db.session.scalars(
        select(Consent)
        .where(
            Consent.practice_id == practice_id,
            Consent.channel == "sms",
            Consent.purpose.in_({EVERYTHING, purpose}),
            or_(
                Consent.patient_id.in_(ids),
                and_(Consent.patient_id.is_(None), Consent.phone_number_id.in_(number_ids)),
            ),
        )
        .order_by(Consent.recorded_at, Consent.id)
    )
    of_number = {row_id: number.id for row_id, number in numbers.items()}
    people_of: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for row_id, number_id in of_number.items():
        people_of[number_id].append(row_id)
    found: defaultdict[UUID, list[Consent]] = defaultdict(list)
    for row in rows:
        for row_id in _spoken_of(row, of_number, people_of):
            found[row_id].append(row)
    return found


def _spoken_of(
    row: Consent, of_number: Mapping[UUID, UUID], people_of: Mapping[UUID, Iterable[UUID]]
) -> Iterator[UUID]:
    """Whom a decision speaks about: its person, for any number or for theirs; or all of its number."""
    if row.patient_id is None:
        yield from people_of.get(row.phone_number_id, ()) if row.phone_number_id else ()
    elif row.phone_number_id in (None, of_number.get(row.patient_id, row.phone_number_id)):
        yield row.patient_id


def _users(practice_id: UUID, numbers: Mapping[UUID, PhoneNumber]) -> dict[UUID, frozenset[UUID]]:
    """Number → everybody who uses it themselves."""
    wanted = {number.id for number in numbers.values()}
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows = shared_numbers.users_of(practice_id).where(ContactPoint.phone_number_id.in_(wanted))
    for number_id, patient_id in db.session.execute(rows):
        if number_id is not None:
            found[number_id].add(patient_id)
    return {number_id: frozenset(people) for number_id, people in found.items()}


def _recent(practice_id: UUID, ids: Sequence[UUID], at: datetime) -> dict[UUID, list[datetime]]:
    """Patient → when their automated texts of the last week left, newest first."""
    found: defaultdict[UUID, list[datetime]] = defaultdict(list)
    rows = send_facts.automated_texts(practice_id, at).where(Message.patient_id.in_(ids))
    for patient_id, left in db.session.execute(rows):
        if patient_id is not None:
            found[patient_id].append(left)
    return found
