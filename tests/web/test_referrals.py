"""Referrals as staff meet them: the week's clock, a form, the loop, and telling the referring PCP."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import referrals, referrers
from app.core.db import db, transaction
from app.models.referral import Referral, ReferralUpdate
from app.models.task import Task, TaskStatus
from app.models.touchpoint import Touchpoint
from app.models.user import User
from tests.conftest import Clock
from tests.statements import reads
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
TOLD = {
    "how": "fax",
    "told_to": "Dr. Lee's desk",
    "body": "Sam is in touch with us.",
    "minutes": "5",
}


def refer(world: World, clock: Clock, **details: object) -> Referral:
    with transaction():
        sam = db.session.merge(world.sam)
        office = referrers.find_or_add(
            world.practice.id, "Riverside Internal Medicine", by=world.system.actor, at=clock.now
        )
        return referrals.create(
            sam, reason="Needs help with food", by=world.system.actor, at=clock.now, referrer=office,
            referred_by="Dr. Lee", ask_first=False, **details,
        )  # type: ignore[arg-type]  # fmt: skip


def reloaded(referral: Referral) -> Referral:
    look_again()
    return db.session.get_one(Referral, (referral.practice_id, referral.id))


def test_it_lists_what_is_to_be_told_with_the_weeks_clock(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    refer(world, clock)
    text = sign_in(world.ana).get("/referrals").text
    assert "Sam Porter" in text
    assert "Riverside Internal Medicine" in text
    assert "Patient: not in touch yet" in text
    clock.advance(days=8)
    assert "Overdue" in sign_in(world.ana).get("/referrals").text


@pytest.mark.parametrize("view", ["day", "due", "columns"])
def test_it_names_the_two_clocks_on_the_board(
    sign_in: SignInAs, world: World, clock: Clock, view: str
) -> None:
    referral = refer(world, clock)
    clock.advance(days=1)
    page = " ".join(sign_in(world.ana).get(f"/?view={view}").text.split())
    assert "Team → PCP: by" in page
    assert "Team → patient: by" in page
    with transaction():
        row = db.session.merge(referral)
        row.connected_at = clock.now
    clock.advance(days=8)
    page = " ".join(sign_in(world.ana).get(f"/?view={view}").text.split())
    assert "Team → PCP: <strong>late</strong>" in page
    assert "Team → patient: in touch" in page


def test_it_says_so_when_every_office_was_told(ana: FlaskClient) -> None:
    assert "Every office has been told" in ana.get("/referrals").text


def test_it_hides_other_teams_referrals(sign_in: SignInAs, world: World, clock: Clock) -> None:
    refer(world, clock)
    assert "Sam Porter" in sign_in(world.ana).get("/referrals?view=all").text
    assert "Sam Porter" not in sign_in(world.ben).get("/referrals?view=all").text


def test_it_drafts_the_update_from_the_record(ana: FlaskClient, world: World, clock: Clock) -> None:
    referral = refer(world, clock)
    text = ana.get(f"/referrals/{referral.id}").text
    assert (
        "Sam Porter, born 1957-03-09, was referred to Harbor Family Clinic on March 3, 2026" in text
    )
    assert "not in touch" in text
    ana.post(f"/referrals/{referral.id}/connection")
    assert (
        "have been in touch with our care team since March 3, 2026"
        in ana.get(f"/referrals/{referral.id}").text
    )


def test_it_connects_and_takes_that_back(ana: FlaskClient, world: World, clock: Clock) -> None:
    referral = refer(world, clock)
    ana.post(f"/referrals/{referral.id}/connection")
    assert reloaded(referral).connected_at == clock.now
    ana.delete(f"/referrals/{referral.id}/connection", headers=HTMX)
    assert reloaded(referral).connected_at is None


def test_it_closes_the_loop_only_by_a_recorded_update(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    referral = refer(world, clock)
    ana.post(f"/referrals/{referral.id}/connection")
    task = db.session.scalars(select(Task).where(Task.referral_id == referral.id)).one()
    assert task.is_open
    assert ana.post(f"/referrals/{referral.id}/updates", data=TOLD).status_code == 303
    assert reloaded(referral).pcp_told_at == clock.now
    db.session.refresh(task)
    assert task.status is TaskStatus.COMPLETED
    update = db.session.scalars(select(ReferralUpdate)).one()
    assert (update.how, update.told_to, update.recorded_by_id) == (
        "fax", "Dr. Lee's desk", world.ana.id
    )  # fmt: skip
    row = db.session.scalars(
        select(Touchpoint).where(Touchpoint.source_kind == "referral_update")
    ).one()
    assert row.seconds == 300
    text = ana.get(f"/referrals/{referral.id}").text
    assert "Told by fax" in text
    assert "Sam is in touch with us." in text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("how", "pigeon", "how they were told"),
        ("told_to", " ", "who at the office"),
        ("body", " ", "what they were told"),
        ("told_at", "2026-04-01T10:00", "future"),
        ("told_at", "2026-01-01T10:00", "older than the referral"),
        ("told_at", "noon", "Write the day and time"),
        ("minutes", "-3", "whole number"),
    ],
)
def test_it_says_what_is_wrong_with_an_update(
    ana: FlaskClient, world: World, clock: Clock, field: str, value: str, words: str
) -> None:
    referral = refer(world, clock)
    answer = ana.post(f"/referrals/{referral.id}/updates", data=TOLD | {field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert reloaded(referral).pcp_told_at is None
    if field != "body":
        assert "Sam is in touch with us." in answer.text


def test_it_records_a_new_referral_with_its_office(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    page = ana.get(f"/referrals/new?patient={world.sam.id}").text
    assert "Sam Porter" in page
    form = {
        "patient_id": str(world.sam.id), "office": "Hill Clinic", "referred_by": "Dr. Hill",
        "reason": "Falls at home", "received_at": "2026-03-02T09:00", "owner_id": str(world.ana.id),
    }  # fmt: skip
    assert ana.post("/referrals", data=form).status_code == 303
    referral = db.session.scalars(select(Referral)).one()
    assert referral.referrer is not None
    assert referral.referrer.name == "Hill Clinic"
    assert referral.received_at == clock.now - timedelta(days=1)
    ana.post("/referrals", data=form | {"reason": "Also needs a walker"})
    look_again()
    offices = set(db.session.scalars(select(Referral.referrer_id)))
    assert len(offices) == 1  # the office was known


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("patient_id", "", "Choose the patient"),
        ("reason", "", "why they were referred"),
        ("received_at", "2026-05-01T10:00", "future"),
    ],
)
def test_it_says_what_a_new_referral_lacks(
    ana: FlaskClient, world: World, field: str, value: str, words: str
) -> None:
    form = {"patient_id": str(world.sam.id), "reason": "Falls"} | {field: value}
    answer = ana.post("/referrals", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(Referral)).all() == []


def test_it_refuses_a_patient_of_another_team(ana: FlaskClient, world: World) -> None:
    form = {"patient_id": str(world.tom.id), "reason": "Falls"}
    assert ana.post("/referrals", data=form).status_code == 404


def test_it_lists_in_the_same_statements_however_many(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    refer(world, clock)
    ana.get("/referrals")
    with reads() as one:
        ana.get("/referrals")
    for number in range(4):
        refer(world, clock, source_id=f"R-{number}")
    with reads() as many:
        ana.get("/referrals")
    assert len(many) == len(one)
