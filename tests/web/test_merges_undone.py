"""A merge is taken back exactly, the stricter word holds while it stands, and no sum of
the ledger changes."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.actions import consents, coverages, merges, tasks
from app.actions.consent_state import current
from app.core.db import db, transaction
from app.models.consent import Consent, ConsentHow
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient, PatientStatus
from app.models.task import TaskType
from app.models.touchpoint import Touchpoint
from app.models.user import User
from app.queries.credited import Month, credited_rows
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.merging import again, merge, preview, undo
from tests.world import World, look_again

SignIn = Callable[[User], FlaskClient]
LIST = "/patients/duplicates"


def test_the_stricter_word_wins_and_an_undo_gives_the_own_word_back(
    lea: FlaskClient, world: World, twin: Patient, clock: Clock
) -> None:
    def word(patient: Patient) -> str:
        return current(again(patient), None)[0]

    said = consents.Said(ConsentHow.PHONE, "Please do not text me", "en")
    with transaction():
        consents.withdraw(again(twin), None, said, by=SYSTEM, at=clock.now)
    assert (word(world.sam), word(twin)) == ("given", "withdrawn")
    clock.advance(minutes=1)
    assert "The stricter word holds" in preview(lea, world.sam, twin)
    merge(lea, world.sam, twin)
    assert word(world.sam) == "withdrawn"
    clock.advance(minutes=1)
    undo(lea, world.sam)
    assert (word(world.sam), word(twin)) == ("given", "withdrawn")
    clock.advance(minutes=1)
    merge(lea, twin, world.sam)
    assert word(twin) == "withdrawn", "a yes does not move"
    assert db.session.scalars(select(Consent)).all(), "and nothing of the consent ledger went"


LIVING = ("message", "task", "referral", "contact_point", "coverage", "related_person", "note",
          "incoming_call", "work_timer", "appointment", "medication_order", "conversation", "patient",
          "organization_ask", "touchpoint")  # fmt: skip


def everything() -> dict[str, list[tuple[Any, ...]]]:
    look_again()
    return {
        table: sorted(map(tuple, db.session.execute(text(f"SELECT * FROM {table}"))), key=str)
        for table in LIVING
    }


def test_an_undo_restores_every_row_exactly(
    lea: FlaskClient, world: World, twin: Patient, phones: Phones, clock: Clock
) -> None:
    phones.text("+15035550172", "Hello")
    phones.text(world.sam, "Hello too")
    with transaction():
        shared = ContactPoint(
            practice_id=world.practice.id, patient_id=twin.id, system="phone", rank=2,
            phone_number_id=world.number(world.sam).id, created_at=clock.now,
        )  # fmt: skip
        db.session.add(shared)
        tasks.create(twin, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=clock.now)
        coverages.add(
            twin, coverages.Facts("Valley", "V", "", date(2026, 1, 1)), by=SYSTEM, at=clock.now
        )
    before = everything()
    clock.advance(minutes=3)
    assert merge(lea, world.sam, twin).status_code == 303
    during = everything()
    assert during != before
    assert during["touchpoint"] == before["touchpoint"]
    assert undo(lea, world.sam).status_code == 303
    assert everything() == before
    assert lea.get(f"/patients/{twin.id}").status_code == 200


def test_a_row_that_went_elsewhere_meanwhile_stays_there(
    lea: FlaskClient, world: World, twin: Patient, phones: Phones
) -> None:
    phones.text("+15035550172", "For Tom")
    merge(lea, world.sam, twin)
    phones.text("+15035550172", "After the merge")
    look_again()
    message = next(m for m in db.session.scalars(select(Message)) if m.body == "For Tom")
    with transaction():
        given = db.session.get_one(Message, (message.practice_id, message.id))
        given.patient_id = world.tom.id
    undo(lea, world.sam)
    rows = {m.body: m.patient_id for m in db.session.scalars(select(Message))}
    assert rows["For Tom"] == world.tom.id
    assert rows["After the merge"] == world.sam.id


def test_it_refuses_what_cannot_be(lea: FlaskClient, world: World, twin: Patient) -> None:
    assert merge(lea, world.sam, world.sam).status_code == 422
    assert merge(lea, world.sam, world.zoe).status_code == 404
    with transaction():
        again(twin).status = PatientStatus.DECEASED
    assert "statuses differ" in preview(lea, world.sam, twin)
    assert merge(lea, world.sam, twin).status_code == 409
    with transaction():
        again(twin).status = PatientStatus.ACTIVE
    assert merge(lea, world.sam, twin).status_code == 303
    first = merges.standing(world.practice.id, world.sam.id)[0].id
    assert merge(lea, world.kim, world.sam).status_code == 303
    assert again(twin).merged_into_id == world.kim.id, "a link leads to the one that stands"
    answer = lea.delete(f"/patients/{world.sam.id}/merges/{first}")
    assert (answer.status_code, "Take that back first" in answer.text) == (409, True)
    undo(lea, world.kim)
    assert again(twin).merged_into_id == world.sam.id
    undo(lea, world.sam)
    assert again(twin).merged_into_id is None


@settings(max_examples=8, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    minutes=st.lists(st.tuples(st.booleans(), st.integers(0, 300), st.integers(1, 90)), max_size=8)
)
def test_ledger_sums_are_the_same_before_and_after(
    world: World, twin: Patient, minutes: list[tuple[bool, int, int]]
) -> None:
    """Σ of the practice stands still; Σ of the survivor is Σ of both."""
    from datetime import timedelta

    from app.core.clock import db_now
    from app.models.touchpoint import ActorKind, MinutesSource

    at = db_now()
    with transaction():
        for of_twin, start, length in minutes:
            began = at - timedelta(minutes=start + length)
            db.session.add(
                Touchpoint(
                    practice_id=world.practice.id, patient_id=(twin if of_twin else world.sam).id,
                    source_kind="test", source_id=f"{began}{of_twin}{start}{length}{len(LIVING)}{id(began)}",
                    started_at=began, ended_at=began + timedelta(minutes=length), time_zone="UTC",
                    seconds=length * 60, minutes_source=MinutesSource.MANUAL, recorded_at=at,
                    actor_kind=ActorKind.HUMAN, actor_id=world.ana.id, channel="phone",
                    direction="outbound", activity_type="call", setting="home",
                )
            )  # fmt: skip
    month = Month.of(at.date(), "UTC")

    def total(patient: Patient | None) -> timedelta:
        look_again()
        one = patient.id if patient else None
        found = credited_rows(world.viewer(world.lea), month, patient_id=one)
        return sum((each.time for each in found), timedelta())

    before = total(None), total(world.sam) + total(twin)
    with transaction():
        row = merges.merge(again(world.sam), again(twin), by=SYSTEM, at=at)
    assert (total(None), total(world.sam)) == before
    with transaction():
        merges.undo(row, by=SYSTEM, at=at)
    assert (total(None), total(world.sam) + total(twin)) == before
