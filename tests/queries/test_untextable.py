"""Who can't be texted, and why: the list's one statement says of everybody what the gate says of each."""

from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from app.actions import carrier_blocks, consents, conversations, message_draft, verdicts
from app.core.db import db, transaction
from app.models.consent import Consent, ConsentDecision, ConsentHow
from app.models.contact_point import ContactPoint, ContactSystem, NumberState, PhoneNumber
from app.models.event import SYSTEM
from app.models.patient import Patient, PatientStatus, RelatedPerson
from app.models.practice import Line
from app.models.user import User
from app.queries.untextable import PAGE, reasons_of, untextable_all, untextable_page
from app.web.patients import STATUSES
from messaging.gate import Decision, Reason
from tests.statements import reads
from tests.world import World, look_again


def gate_says(world: World, clock) -> dict[UUID, str | None]:
    """The gate's reason for an ordinary text to each patient who is not merged away."""
    found: dict[UUID, str | None] = {}
    with transaction():
        people = select(Patient).where(
            Patient.practice_id == world.practice.id, Patient.merged_into_id.is_(None)
        )
        for patient in db.session.scalars(people).all():
            draft = message_draft.Draft(
                practice_id=patient.practice_id, patient=patient, body="See you",
                purpose="care_navigation", send_key="asked", author_id=world.ana.id,
            )  # fmt: skip
            thread = conversations.thread_of(patient, at=clock.now)
            row = message_draft.message_of(draft, thread, at=clock.now)
            verdict = verdicts.ask(row, at=clock.now).verdict
            refused = verdict.decision is Decision.WITHHELD
            found[patient.id] = verdict.reason.value if refused else None
    return found


def listed(world: World, user: User | None = None) -> dict[UUID, str | None]:
    look_again()
    return reasons_of(world.viewer(user or world.lea))


def test_it_says_of_the_whole_cast_what_the_gate_says(world: World, clock) -> None:
    asked = gate_says(world, clock)
    assert {"opted_out", None} <= set(asked.values())
    assert listed(world) == asked


class Crowd:
    """Many people with numbers, consents and statuses thrown together by dice."""

    def __init__(self, world: World, clock, seed: int) -> None:
        self.world, self.at, self.dice = world, clock.now, Random(seed)

    def gather(self, many: int) -> None:
        numbers = [self.number(index) for index in range(many // 2)]
        other = Line(practice_id=self.world.practice.id, number="+15035550111",
                     created_at=self.at + timedelta(seconds=1))  # fmt: skip
        db.session.add(other)
        db.session.flush()
        for number in numbers:
            if number.carrier_blocked_at is not None:
                carrier_blocks.block(number, self.dice.choice([None, other.id]), at=self.at)
        people = [self.person(index) for index in range(many)]
        db.session.flush()
        for person in people:
            self.furnish(person, numbers)
        for _ in range(many // 3):
            self.decide(None, self.dice.choice(numbers))
        for person in self.dice.sample(people, 2):
            person.merged_into_id = people[0].id if person is not people[0] else None

    def number(self, index: int) -> PhoneNumber:
        roll = self.dice.choice
        row = PhoneNumber(
            practice_id=self.world.practice.id, e164=f"+1206555{110 + index:04d}",
            state=roll([*[NumberState.OK] * 6, NumberState.LANDLINE, NumberState.BAD]),
            opted_out_at=roll([None] * 7 + [self.at]),
            carrier_blocked_at=roll([None] * 7 + [self.at]), created_at=self.at,
        )  # fmt: skip
        db.session.add(row)
        return row

    def person(self, index: int) -> Patient:
        person = Patient(
            practice_id=self.world.practice.id, mrn=f"C-{index}", given_name="Nia",
            family_name=f"Crowd{index}", birth_date=self.at.date(), created_at=self.at,
            care_team_id=self.world.team.id,
        )  # fmt: skip
        db.session.add(person)
        person.status = self.dice.choice([*[PatientStatus.ACTIVE] * 12, *STATUSES])
        return person

    def furnish(self, person: Patient, numbers: list[PhoneNumber]) -> None:
        for number in self.dice.sample(numbers, self.dice.choice([0, 1, 1, 1, 2])):
            self.reach(person, number)
        for _ in range(self.dice.choice([0, 1, 1, 2, 3])):
            self.decide(person, self.dice.choice([None, *numbers[:3], *self.mine(person)]))

    def mine(self, person: Patient) -> list[PhoneNumber]:
        db.session.flush()
        return list(
            db.session.scalars(
                select(PhoneNumber)
                .join(ContactPoint, ContactPoint.phone_number_id == PhoneNumber.id)
                .where(ContactPoint.patient_id == person.id)
            )
        )

    def reach(self, person: Patient, number: PhoneNumber) -> None:
        carer = None
        if self.dice.random() < 0.15:
            carer = RelatedPerson(
                practice_id=person.practice_id, patient_id=person.id, name="Cy Carer",
                relationship="child", authorised_by="patient", from_on=self.at.date(),
            )  # fmt: skip
            db.session.add(carer)
        db.session.add(
            ContactPoint(
                practice_id=person.practice_id, patient_id=person.id,
                related_person_id=carer.id if carer else None, system=ContactSystem.PHONE,
                phone_number_id=number.id, rank=self.dice.choice([1, 1, 2]), created_at=self.at,
                ended_at=self.at if self.dice.random() < 0.15 else None,
            )
        )  # fmt: skip

    def decide(self, person: Patient | None, number: PhoneNumber | None) -> None:
        at = self.at - timedelta(hours=self.dice.choice([0, 0, 1, 2]))
        db.session.add(
            Consent(
                practice_id=self.world.practice.id, patient_id=person.id if person else None,
                phone_number_id=number.id if number else None,
                channel=self.dice.choice(["sms", "sms", "sms", "sms", "email"]),
                purpose=self.dice.choice(["care", "care", "care_navigation", "appointment"]),
                decision=self.dice.choice([*[ConsentDecision.GIVEN] * 3, *ConsentDecision]),
                how=ConsentHow.DESK, wording="May we?", decided_at=at, recorded_at=at,
                recorded_by_kind="system",
            )
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_it_says_of_a_crowd_what_the_gate_says(world: World, clock, seed: int) -> None:
    with transaction():
        Crowd(world, clock, seed).gather(60)
    asked = gate_says(world, clock)
    assert len(set(asked.values())) >= 8, set(asked.values())
    assert listed(world) == asked


def block(world: World, patient: Patient, clock) -> None:
    with transaction():
        carrier_blocks.block(db.session.merge(world.number(patient)), None, at=clock.now)


def test_it_counts_each_reason_and_shows_one(world: World, clock) -> None:
    block(world, world.sam, clock)
    viewer = world.viewer(world.lea)
    found = untextable_page(viewer, None)
    assert found.counts == {Reason.OPTED_OUT: 1, Reason.CARRIER_BLOCKED: 1}
    assert [each.patient.given_name for each in found.entries] == ["Olga", "Sam"]
    (only,) = untextable_page(viewer, Reason.CARRIER_BLOCKED).entries
    assert (only.patient.id, only.number) == (world.sam.id, world.number(world.sam))


def test_it_tells_who_said_no_from_who_was_never_asked(world: World, clock) -> None:
    at = clock.advance(seconds=1)
    with transaction():
        said = consents.Said(how=ConsentHow.DESK, wording="No")
        consents.withdraw(db.session.merge(world.sam), None, said, by=SYSTEM, at=at)
    (sam,) = untextable_page(world.viewer(world.lea), Reason.NO_CONSENT).entries
    assert (sam.patient.id, sam.said_no) == (world.sam.id, True)
    with transaction():
        db.session.add(
            Patient(
                practice_id=world.practice.id, mrn="H-9", given_name="New", family_name="Able",
                birth_date=clock.now.date(), created_at=clock.now,
            )
        )  # fmt: skip
        db.session.flush()
        new = db.session.scalars(select(Patient).where(Patient.mrn == "H-9")).one()
        db.session.add(
            ContactPoint(
                practice_id=new.practice_id, patient_id=new.id, system=ContactSystem.PHONE,
                phone_number_id=world.number(world.tom).id, created_at=clock.now,
            )
        )  # fmt: skip
    found = untextable_page(world.viewer(world.lea), Reason.NO_CONSENT).entries
    assert [(each.patient.given_name, each.said_no) for each in found] == [
        ("New", False),
        ("Sam", True),
    ]


def test_it_leaves_out_who_is_not_with_the_practice_now(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.olga).status = PatientStatus.DECEASED
    assert listed(world)[world.olga.id] == "patient_inactive"
    assert untextable_page(world.viewer(world.lea), None).entries == []


def test_it_shows_each_person_their_own_patients(world: World, clock) -> None:
    assert [each.patient.id for each in untextable_all(world.viewer(world.ana), None)] == [
        world.olga.id
    ]
    assert world.ben.is_active
    assert untextable_all(world.viewer(world.ben), None) == []
    assert untextable_all(world.viewer(world.cara), None) == []


def test_it_reads_a_page_in_two_statements_however_long(world: World, clock) -> None:
    viewer = world.viewer(world.lea)
    look_again()
    with reads() as short:
        untextable_page(viewer, None)
    with transaction():
        for index in range(PAGE + 1):
            db.session.add(
                Patient(
                    practice_id=world.practice.id, mrn=f"N-{index}", given_name="Nia",
                    family_name=f"Able{index:03}", birth_date=clock.now.date(),
                    created_at=clock.now, care_team_id=world.team.id,
                )
            )  # fmt: skip
    look_again()
    with reads() as long:
        first = untextable_page(viewer, None)
    assert (len(first.entries), first.has_more, first.counts[Reason.NO_NUMBER]) == (100, True, 101)
    assert len(long) == len(short) == 2
    second = untextable_page(viewer, None, page=2)
    assert [each.patient.family_name for each in second.entries] == ["Able100", "Petrova"]
    assert not second.has_more
