"""A patient's minutes by month and programme, time entered by hand, and the note for the chart."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import calls, practice_changes, touchpoint_corrections
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.consent import Consent, ConsentDecision, ConsentHow
from app.models.coverage import Coverage
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.touchpoint import MinutesSource, Touchpoint
from app.models.user import User
from tests.conftest import Clock
from tests.statements import reads
from tests.world import World

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}


def call(world: World, at: datetime, patient: Patient, user: User, minutes: float) -> Touchpoint:
    """A call that ended at `at`."""
    with transaction():
        row = calls.log_call(
            db.session.merge(patient), by=world.viewer(user), at=at, task_ids=[],
            outcome="reached", started_at=at - timedelta(minutes=minutes), note="The pantry is open",
            seconds=int(minutes * 60), minutes_source=MinutesSource.TIMER,
        )  # fmt: skip
    assert row is not None
    return row


def minutes(client: FlaskClient, patient: Patient) -> str:
    return " ".join(client.get(f"/patients/{patient.id}/minutes").text.split())


def test_T1_3_it_counts_what_overlaps_once_and_shows_programme_and_consent(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    now = clock.now
    call(world, now, world.sam, world.ana, 10)
    call(world, now, world.sam, world.ana, 10)  # the same ten minutes
    call(world, now + timedelta(minutes=5), world.sam, world.lea, 10)  # five of them with Ana
    text = minutes(ana, world.sam)
    assert "<strong>15 min</strong>" in text
    assert "CCM: 15 min" in text
    assert "consent to it not recorded" in text
    practice = set_once(world, clock, False)
    with transaction():
        db.session.add(Consent(
            practice_id=practice.id, patient_id=world.sam.id, purpose="ccm", channel="care",
            decision=ConsentDecision.GIVEN, how=ConsentHow.DESK, wording="CCM?", decided_at=now,
            recorded_at=now, recorded_by_kind="system",
        ))  # fmt: skip
    text = minutes(ana, world.sam)
    assert "<strong>20 min</strong>" in text
    assert "consent given" in text


def set_once(world: World, clock: Clock, once: bool) -> Practice:
    with transaction():
        practice = db.session.get_one(Practice, world.practice.id)
        practice_changes.update(
            practice, by=world.system.actor, at=clock.now, counts_together_once=once
        )
    return practice


def test_its_programme_is_what_the_patient_was_in_that_day_however_it_is_written(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    with transaction():
        covered = db.session.scalars(
            select(Coverage).where(Coverage.patient_id == world.sam.id)
        ).one()
        covered.program = "Chronic Care  Management"
        db.session.add(Consent(
            practice_id=world.practice.id, patient_id=world.sam.id, purpose="bhi", channel="care",
            decision=ConsentDecision.GIVEN, how=ConsentHow.DESK, wording="BHI?", decided_at=clock.now,
            recorded_at=clock.now, recorded_by_kind="system",
        ))  # fmt: skip
    call(world, clock.now + timedelta(minutes=20), world.sam, world.ana, 10)
    assert enter(ana, world.sam, program="pin", minutes="5").status_code == 204
    assert enter(ana, world.sam, program="none", minutes="5", time="08:30").status_code == 204
    assert enter(ana, world.sam, program="odd").status_code == 422
    text = minutes(ana, world.sam)
    for line in ("CCM: 10 min", "BHI: 10 min", "PIN: 5 min", "No program: 5 min"):
        assert line in text
    assert "<strong>20 min</strong>" in text
    assert text.count("consent given") == 1
    rests = select(Touchpoint.programs, Consent.purpose).outerjoin(
        Consent, Consent.id == Touchpoint.consent_id
    )
    assert {(tuple(tags), on) for tags, on in db.session.execute(rests)} == {
        (("bhi", "ccm"), "bhi"), (("pin",), None), ((), None),
    }  # fmt: skip


def test_it_counts_work_for_somebody_else_only_there_and_nothing_taken_back(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    first = call(world, clock.now, world.sam, world.ana, 10)
    call(world, clock.now + timedelta(minutes=5), world.rosa, world.ana, 10)
    assert "<strong>5 min</strong>" in minutes(ana, world.rosa)
    with transaction():
        touchpoint_corrections.void(
            db.session.merge(first), reason="twice", by=world.system.actor, at=clock.now
        )
    assert "<strong>10 min</strong>" in minutes(ana, world.rosa)
    assert "<strong>0 min</strong>" in minutes(ana, world.sam)


def test_T1_1_seconds_of_a_month_are_floored_once_and_never_carried_over(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    clock.set(datetime(2026, 3, 1, 8, 5, tzinfo=UTC))  # five past midnight where the practice is
    call(world, clock.now, world.sam, world.ana, 10)
    call(world, clock.now + timedelta(minutes=3), world.sam, world.ana, 1.5)
    text = minutes(ana, world.sam)
    assert [part[:8] for part in text.split("<strong>")[1:]] == ["6 min</s", "5 min</s"]


def test_it_reads_the_minutes_in_the_same_statements_however_many(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    call(world, clock.now, world.sam, world.ana, 1)
    minutes(ana, world.sam)
    with reads() as one:
        minutes(ana, world.sam)
    for _ in range(3):
        call(world, clock.now, world.sam, world.ana, 1)
    with reads() as many:
        minutes(ana, world.sam)
    assert len(many) == len(one)


def enter(client: FlaskClient, patient: Patient, **data: object) -> Any:
    whole: dict[str, object] = {
        "day": "2026-03-03", "time": "08:00", "minutes": "20", "activity": "care_coordination",
        "reason": "No screen there", "note": "Sorted the papers", "entry_id": str(new_id()),
    }  # fmt: skip
    return client.post(f"/patients/{patient.id}/time", data=whole | data, headers=HTMX)


def entered() -> list[Touchpoint]:
    db.session.rollback()
    rows = select(Touchpoint).where(Touchpoint.source_kind == "time_entry")
    return list(db.session.scalars(rows))


def test_T0_2_it_takes_time_by_hand_with_a_reason_once(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    same = {"entry_id": str(new_id())}
    assert enter(ana, world.sam, **same).status_code == 204
    assert enter(ana, world.sam, **same).status_code == 409
    (row,) = entered()
    assert (row.seconds, row.minutes_source) == (1200, MinutesSource.MANUAL)
    assert row.started_at == datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert (row.late_entry_reason, row.actor_id) == (None, world.ana.id)
    assert "Entered by hand: No screen there" in ana.get(f"/reports/touchpoints/{row.id}").text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"reason": " "}, "Say why the time is entered by hand"),
        ({"time": "04:00", "minutes": "241"}, "longer than 240 minutes"),
        ({"minutes": "0"}, "whole number"),
        ({"minutes": "ten"}, "whole number"),
        ({"day": "2026-03-04"}, "in the future"),
        ({"day": "soon"}, "which day"),
        ({"activity": "message_sent"}, "what was done"),
        ({"day": "2026-02-28"}, "more than 2 days ago"),
    ],
)
def test_T0_2_it_refuses_time_that_cannot_be_true(
    ana: FlaskClient, world: World, data: dict[str, str], says: str
) -> None:
    answer = enter(ana, world.sam, **data)
    assert answer.status_code == 422
    assert says in answer.text
    assert "Sorted the papers" in answer.text  # nothing typed is lost
    assert entered() == []


@pytest.mark.parametrize("day", ["2026-03-08", "2026-11-01"])  # the clock changes at two
def test_it_counts_the_minutes_that_pass_in_a_night_when_the_clock_changes(
    sign_in: SignInAs, world: World, clock: Clock, day: str
) -> None:
    clock.set(datetime.fromisoformat(f"{day}T17:00+00:00"))
    assert (
        enter(sign_in(world.ana), world.sam, day=day, time="00:30", minutes="120").status_code
        == 204
    )
    (row,) = entered()
    assert row.ended_at - row.started_at == timedelta(seconds=row.seconds) == timedelta(hours=2)


def test_it_marks_a_late_entry_with_its_reason(ana: FlaskClient, world: World) -> None:
    enter(ana, world.sam, day="2026-02-28", late_reason="Was on leave")
    (row,) = entered()
    assert row.late_entry_reason == "Was on leave"


def test_it_writes_a_chart_note_of_what_stands(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    call(world, clock.now, world.sam, world.ana, 4)
    wrong = call(world, clock.now, world.sam, world.ana, 7)
    call(world, clock.now, world.rosa, world.ana, 9)
    with transaction():
        touchpoint_corrections.void(
            db.session.merge(wrong), reason="twice", by=world.system.actor, at=clock.now
        )
    text = ana.get(f"/patients/{world.sam.id}/chart-note").text
    assert "The pantry is open" in text
    assert "2026-03-03 08:56 PST" in text
    assert "Ana Alvarez" in text
    assert "4:00 min" in text
    assert "7:00 min" not in text
    assert "9:00 min" not in text
    empty = ana.get(f"/patients/{world.sam.id}/chart-note?from=2026-01-01&to=2026-01-02").text
    assert "Nothing to note" in empty
