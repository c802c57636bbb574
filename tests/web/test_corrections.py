"""Correcting a row of the ledger on its page: by whoever did the work while its month is open, by a lead
always; a reversing row, the right row, and what follows from it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import calls, month_close, referrals, tasks, time_entries
from app.core.db import db, transaction
from app.models.referral import Referral, ReferralUpdate
from app.models.task import Task, TaskType
from app.models.touchpoint import MinutesSource, Touchpoint
from app.models.user import User
from app.queries.credited import Month
from tests.conftest import Clock
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}


def typed(world: World, clock: Clock) -> Touchpoint:
    """Ana's 45 minutes for Sam, from eight to a quarter to nine."""
    with transaction():
        return time_entries.add(
            db.session.merge(world.sam), by=world.viewer(world.ana), at=clock.now, seconds=2700,
            started_at=clock.now - timedelta(hours=2), activity="care_coordination",
            reason="No screen", note="Sorted papers",
        )  # fmt: skip


def form(client: FlaskClient, row: Touchpoint) -> dict[str, str]:
    """The form as it is offered."""
    text = client.get(f"/reports/touchpoints/{row.id}/correction").text
    found = dict(re.findall(r'name="(day|time|minutes|mrn)"[^>]*?value="([^"]*)"', text))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"(.*?)</select>', text, re.DOTALL):
        found[name] = next(iter(re.findall(r'value="([^"]*)" selected', options)), "")
    return found


def correct(client: FlaskClient, row: Touchpoint, **data: object) -> Any:
    whole = form(client, row) | {"reason": "Typed wrong"} | data
    return client.post(f"/reports/touchpoints/{row.id}/correction", data=whole, headers=HTMX)


def chain() -> list[Touchpoint]:
    look_again()
    return list(
        db.session.scalars(select(Touchpoint).order_by(Touchpoint.recorded_at, Touchpoint.id))
    )


def test_T0_1_it_reverses_a_mistyped_entry_and_writes_the_right_one(
    ana: FlaskClient, sign_in: SignInAs, world: World, clock: Clock
) -> None:
    first = typed(world, clock)
    clock.advance(minutes=5)
    assert correct(ana, first, minutes="4").status_code == 204
    was, *others = chain()
    void = next(row for row in others if row.void_reason)
    right = next(row for row in others if not row.void_reason)
    assert (was.id, was.seconds) == (first.id, 2700)
    assert (void.supersedes_id, void.void_reason, void.entered_by_id) == (
        first.id, "Typed wrong", world.ana.id)  # fmt: skip
    assert (right.seconds, right.minutes_source, right.started_at) == (
        240,
        "manual",
        was.started_at,
    )
    assert (right.source_id, right.actor_id, right.payer) == (
        str(first.id),
        was.actor_id,
        was.payer,
    )
    lea = sign_in(world.lea)
    assert "<dt>Minutes as entered</dt><dd>4</dd>" in " ".join(lea.get("/reports").text.split())
    page = lea.get(f"/reports/touchpoints/{first.id}").text
    assert "Typed wrong" in page
    assert f'/reports/touchpoints/{right.id}"' in page
    shown = lea.get(f"/reports/touchpoints/{right.id}").text
    assert "Sorted papers" in shown
    assert f'/reports/touchpoints/{first.id}"' in shown
    assert correct(lea, right, minutes="5").status_code == 204  # a correction can be corrected
    assert correct(lea, first, minutes="6").status_code == 409


def test_it_moves_an_entry_that_served_no_task_to_the_right_patient(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    first = typed(world, clock)
    assert correct(ana, first, mrn="nobody").status_code == 422
    assert correct(ana, first, mrn=world.rosa.mrn).status_code == 204
    assert [row.patient_id for row in chain() if row.source_kind == "correction"] == [world.rosa.id]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"reason": " "}, "Say why"),
        ({"minutes": "x"}, "whole number"),
        ({"minutes": "900", "day": "2026-03-01"}, "in parts"),
        ({"day": "2031-01-01"}, "in the future"),
        ({"activity": "call"}, "Choose what was done"),
        ({}, "Nothing is different"),
    ],
)
def test_T0_2_it_refuses_what_cannot_be_true_and_saves_nothing(
    ana: FlaskClient, world: World, clock: Clock, data: dict[str, str], words: str
) -> None:
    first = typed(world, clock)
    answer = correct(ana, first, **({"minutes": "4"} | data if data else {}))
    assert answer.status_code == 422
    assert words in answer.text
    assert len(chain()) == 1


def test_it_is_for_the_author_and_for_leads(sign_in: SignInAs, world: World, clock: Clock) -> None:
    with transaction():
        row = time_entries.add(
            db.session.merge(world.sam), by=world.viewer(world.lea), at=clock.now, seconds=600,
            started_at=clock.now - timedelta(hours=1), activity="care_coordination", reason="x",
        )  # fmt: skip
    here = f"/reports/touchpoints/{row.id}"
    right = {"reason": "x", "nothing": "yes"}
    for user, status in ((world.ana, 403), (world.ben, 404), (world.anton, 403)):
        client = sign_in(user)
        assert client.post(f"{here}/correction", data=right, headers=HTMX).status_code == status
        assert "Correct this entry" not in client.get(here).text
    assert "Correct this entry" in sign_in(world.adam).get(here).text
    assert (
        sign_in(world.adam).post(f"{here}/correction", data=right, headers=HTMX).status_code == 204
    )


def test_it_leaves_a_closed_month_to_leads_and_marks_both_rows_late(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    first = typed(world, clock)
    month = Month.of(clock.now.date(), world.practice.time_zone)
    clock.advance(days=40)
    with transaction():
        month_close.close(
            db.session.merge(world.practice), month.first, month.last, left_open={}, reason="done",
            by=world.viewer(world.lea), at=clock.now, today=clock.now.date(),
        )  # fmt: skip
    here, data = f"/reports/touchpoints/{first.id}/correction", {"reason": "x", "nothing": "yes"}
    refused = sign_in(world.ana).post(here, data=data, headers=HTMX)
    assert refused.status_code == 403
    assert correct(sign_in(world.lea), first, minutes="4").status_code == 204
    late = [row.late_entry_reason for row in chain() if row.id != first.id]
    assert late == ["the month was closed before"] * 2


def medicine_call(world: World, clock: Clock, task: Task, said: str) -> Touchpoint:
    with transaction():
        row = calls.log_call(
            db.session.merge(world.rosa), by=world.viewer(world.ana), at=clock.now, seconds=120,
            task_ids=[task.id], outcome="reached", started_at=clock.now - timedelta(minutes=2),
            minutes_source=MinutesSource.TIMER, results={task.id: said},
        )  # fmt: skip
    assert row is not None
    return row


def test_it_corrects_what_a_call_learnt_and_its_task_follows(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    with transaction():
        task = tasks.create(
            db.session.merge(world.rosa), TaskType.MEDICATION_RECEIVED, by=world.system.actor,
            at=clock.now,
        )  # fmt: skip
    first = medicine_call(world, clock, task, "yes")
    lea, answer = sign_in(world.lea), f"result-{task.id}"
    assert form(lea, first)[answer] == "yes"
    clock.advance(minutes=1)
    assert correct(lea, first, **{answer: "not_yet"}).status_code == 204
    second = next(row for row in chain() if row.source_kind == "correction")
    assert second.result["answers"][0]["answer"] == "not_yet"
    assert second.attempt_number == first.attempt_number == 1
    assert db.session.get_one(Task, (task.practice_id, task.id)).is_open
    clock.advance(minutes=1)
    assert correct(lea, second, **{answer: "yes"}).status_code == 204
    third = next(row for row in chain() if row.source_id == str(second.id) and not row.void_reason)
    assert not db.session.get_one(Task, (task.practice_id, task.id)).is_open
    clock.advance(minutes=1)
    assert correct(lea, third, outcome="no_answer").status_code == 422  # it has an answer
    assert correct(lea, third, outcome="no_answer", **{answer: ""}).status_code == 204
    last = next(row for row in chain() if row.source_id == str(third.id) and not row.void_reason)
    assert (last.contact_outcome, last.result) == ("no_answer", {})
    assert db.session.get_one(Task, (task.practice_id, task.id)).is_open


def test_it_restates_when_an_office_was_told(sign_in: SignInAs, world: World, clock: Clock) -> None:
    with transaction():
        referral = referrals.create(
            db.session.merge(world.rosa), reason="Cardiology", by=world.system.actor, at=clock.now
        )
    clock.advance(days=9)
    with transaction():
        update = referrals.record_update(
            db.session.get_one(Referral, (referral.practice_id, referral.id)), how="phone",
            told_to="Dr. Lee", body="In touch", told_at=clock.now, by=world.viewer(world.ana),
            at=clock.now, seconds=180,
        )  # fmt: skip
    row = next(each for each in chain() if each.source_kind == "referral_update")
    lea, early = sign_in(world.lea), f"{clock.now - timedelta(days=3):%Y-%m-%d}"
    assert correct(lea, row, day=early).status_code == 204
    look_again()
    again = db.session.get_one(Referral, (referral.practice_id, referral.id))
    told = db.session.get_one(ReferralUpdate, (update.practice_id, update.id)).told_at
    assert again.pcp_told_at == told < clock.now - timedelta(days=2)
    assert not db.session.scalars(select(Task).where(Task.outcome == "pcp_told")).one().was_late

    stands = next(each for each in chain() if each.source_kind == "correction")
    assert correct(lea, stands, nothing="yes", reason="").status_code == 422
    assert correct(lea, stands, nothing="yes").status_code == 204
    look_again()
    again = db.session.get_one(Referral, (referral.practice_id, referral.id))
    assert again.pcp_told_at is None
    cards = select(Task).where(Task.referral_id == referral.id, Task.completed_at.is_(None))
    [card] = [each for each in db.session.scalars(cards) if each.is_open]
    assert card.outcome is None
    assert "Not told after all" in lea.get(f"/referrals/{referral.id}").text
    reversing = chain()[-1]
    assert (reversing.supersedes_id, reversing.entered_by_id) == (stands.id, world.lea.id)
    assert correct(lea, stands, nothing="yes").status_code == 409


def test_it_lets_nobody_approve_what_they_made_of_somebodys_work(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    row = typed(world, clock)
    lea, adam = sign_in(world.lea), sign_in(world.adam)
    assert correct(lea, row, minutes="60").status_code == 204
    (right,) = [each for each in chain() if each.seconds == 3600]
    said = {"ids": str(right.id)}
    assert lea.post("/reports/approvals", data=said, headers=HTMX).status_code == 403
    assert adam.post("/reports/approvals", data=said, headers=HTMX).status_code == 204
