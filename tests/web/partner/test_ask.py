"""A community organization asked by a link: seeing no more than it needs, answering each way; and
what each answer does to the referral, its tasks and the ledger."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import answers
from app.core.db import db, transaction
from app.models.event import SYSTEM, AccessLog
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.referral import Referral
from app.models.referral_milestone import ReferralMilestone
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.models.touchpoint import ActorKind, Touchpoint
from tests.web.partner.asks import post_ask, the_ask
from tests.web.partner.conftest import LinkFor
from tests.world import World, look_again

ComeIn = Callable[[str], FlaskClient]


@pytest.fixture
def path(ask: OrganizationAsk, link_for: LinkFor) -> str:
    return link_for(LinkScope.ASK, ask.id)


@pytest.fixture
def partner(come_in: ComeIn, path: str) -> FlaskClient:
    return come_in(path)


def tasks_of(kind: TaskType) -> list[Task]:
    look_again()
    return list(db.session.scalars(select(Task).where(Task.type == kind).order_by(Task.id)))


def say(partner: FlaskClient, path: str, what: str, **more: str) -> Any:
    return partner.post(f"{path}/ask/answer", data={"answer": what, **more})


def day(clock: Any) -> str:
    return (clock.now + timedelta(days=2)).isoformat()


def test_it_shows_initials_until_they_take_them_on(
    partner: FlaskClient, path: str, world: World
) -> None:
    before = partner.get(f"{path}/ask").text
    assert "S.P.: food" in before
    for hidden in ("Sam", "Porter", "555", "Falls", "Riverside", "1957"):
        assert hidden not in before.replace("(503) 555-0199", "").replace("+15035550199", "")
    say(partner, path, "accepted")
    after = partner.get(f"{path}/ask").text
    assert "Sam Porter" in after
    assert "(503) 555-0102" in after
    assert "Falls" not in after
    look_again()
    log = db.session.scalars(select(AccessLog).where(AccessLog.viewer_kind == "partner")).all()
    assert {row.patient_id for row in log} == {world.sam.id}


def test_it_steps_the_referral_the_task_and_the_ledger(
    partner: FlaskClient, path: str, referral: Referral, clock: Any
) -> None:
    say(partner, path, "accepted")
    say(partner, path, "accepted")
    say(partner, path, "scheduled", day=day(clock))
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    assert visit.about["appointment_place"] == "Harbor Pantry"
    assert the_ask().status is ReferralStatus.IN_PROGRESS
    say(partner, path, "done", outcome="got_help", words="Two boxes")
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    assert (visit.status, visit.evidence) == (TaskStatus.COMPLETED, Evidence.PARTNER_CONFIRMED)
    assert the_ask().status is ReferralStatus.COMPLETED
    reached = {row.kind: row for row in db.session.scalars(select(ReferralMilestone))}
    assert reached[MilestoneKind.OUTCOME].evidence is Evidence.PARTNER_CONFIRMED
    assert reached[MilestoneKind.OUTCOME].note == "Harbor Pantry: Two boxes"
    assert MilestoneKind.SCHEDULED in reached
    rows = db.session.scalars(
        select(Touchpoint).where(Touchpoint.source_kind == "organization_answer")
    ).all()
    assert sorted(row.result["answer"] for row in rows) == ["accepted", "done", "scheduled"]
    assert {(row.actor_kind, row.seconds) for row in rows} == {(ActorKind.PARTNER, 0)}
    assert "nothing left to do" in partner.get(f"{path}/ask").text
    assert say(partner, path, "accepted").status_code == 409


@pytest.mark.parametrize("first", [None, "accepted"])
def test_it_has_somebody_choose_another_when_it_is_no_fit(
    partner: FlaskClient, path: str, referral: Referral, ana: FlaskClient, first: str | None
) -> None:
    if first:
        say(partner, path, first)
    say(partner, path, "no_fit", no_fit="no_capacity", words="Full until May")
    (card,) = tasks_of(TaskType.REFERRAL_FOLLOW_UP)
    assert card.needs is Needs.ASK_PARTNER
    expected = ReferralStatus.FAILED if first else ReferralStatus.REJECTED
    assert the_ask().status is expected
    page = ana.get(f"/referrals/{referral.id}").text
    assert "No room now" in page
    assert "Full until May" in page
    assert "Sam" not in partner.get(f"{path}/ask").text
    assert post_ask(ana, referral, the_ask().organization).status_code == 303  # another one


def test_it_leaves_a_disagreement_to_a_person(
    partner: FlaskClient, path: str, clock: Any, world: World
) -> None:
    say(partner, path, "scheduled", day=day(clock))
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    clock.advance(days=3)
    with transaction():
        answers.apply(
            db.session.merge(visit), key="no", inbound=None, by=SYSTEM, at=clock.now,
            evidence=Evidence.PATIENT_CONFIRMED,
        )  # fmt: skip
    say(partner, path, "done", outcome="got_help")
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    assert (visit.is_open, visit.needs) == (True, Needs.SETTLE)


@pytest.mark.parametrize(
    ("what", "more", "words"),
    [
        ("no_fit", {}, "Choose why it is not a fit."),
        ("no_fit", {"no_fit": "other", "words": " "}, "Write why, in a few words."),
        ("scheduled", {"day": "soon"}, "Write the day and time."),
        ("scheduled", {"day": "2020-01-01T10:00"}, "That day is over."),
        ("done", {"outcome": "magic"}, "Choose what came of it."),
        ("maybe", {}, "Choose one of the answers."),
    ],
)
def test_it_says_what_an_answer_lacks(
    partner: FlaskClient, path: str, what: str, more: dict[str, str], words: str
) -> None:
    say(partner, path, "accepted")
    answer = say(partner, path, what, **more)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert the_ask().status is ReferralStatus.ACCEPTED


def test_it_closes_the_door_at_once_when_they_say_no(
    partner: FlaskClient, path: str, ana: FlaskClient, referral: Referral
) -> None:
    say(partner, path, "accepted")
    ana.post(f"/referrals/{referral.id}/sharing-refusal", data={"how": "phone"})
    assert the_ask().ended_why == "consent_withdrawn"
    for answer in (partner.get(f"{path}/ask"), say(partner, path, "accepted"), partner.post(path)):
        assert answer.status_code == 410
        assert "Sam" not in answer.text


@pytest.mark.parametrize("how", ["taken_back", "referral_over"])
def test_it_opens_nothing_when_the_practice_ended_it(
    partner: FlaskClient, path: str, ana: FlaskClient, ask: OrganizationAsk, how: str
) -> None:
    if how == "taken_back":
        ana.delete(f"/asks/{ask.id}")
    else:
        over = {"how": "cancelled", "reason": "Moved away"}
        ana.post(f"/referrals/{ask.referral_id}/ending", data=over)
    assert partner.get(f"{path}/ask").status_code == 410


def test_it_renews_in_one_tap(partner: FlaskClient, path: str, clock: Any) -> None:
    clock.advance(days=29)
    partner.post(f"{path}/ask/renewal")
    clock.advance(days=29)
    assert "S.P." in partner.get(f"{path}/ask").text
    clock.advance(days=2)
    assert partner.get(f"{path}/ask").status_code == 410


@pytest.mark.parametrize("scope", [LinkScope.REFERRAL, LinkScope.OFFICE, LinkScope.ASK])
def test_it_shows_nothing_through_another_link(
    app: Flask, link_for: LinkFor, ask: OrganizationAsk, world: World, scope: LinkScope
) -> None:
    other = link_for(scope, world.practice.id)  # a link to something else of this practice
    stranger = app.test_client()
    stranger.post(other)
    answer = stranger.get(f"{other}/ask")
    assert answer.status_code in (404, 410)
    assert "S.P." not in answer.text


@pytest.mark.parametrize("how", ["ended", "closed", "refused", "withdrawn", "taken_back"])
def test_it_asks_about_no_day_of_what_is_over(
    partner: FlaskClient, path: str, referral: Referral, ana: FlaskClient, clock: Any, how: str
) -> None:
    say(partner, path, "scheduled", day=day(clock))
    if how == "closed":
        done = {"kind": "outcome", "evidence": "document", "note": "Has meals"}
        assert ana.post(f"/referrals/{referral.id}/milestones", data=done).status_code == 303
        told = {"how": "phone", "told_to": "Dr. Ito", "body": "Has meals"}
        assert ana.post(f"/referrals/{referral.id}/updates", data=told).status_code == 303
        assert ana.post(f"/referrals/{referral.id}/closing").status_code == 303
    elif how == "ended":
        form = {"how": "cancelled", "reason": "Moved away"}
        assert ana.post(f"/referrals/{referral.id}/ending", data=form).status_code == 303
    elif how == "refused":
        say(partner, path, "no_fit", no_fit="no_capacity")
    elif how == "withdrawn":
        ana.post(f"/referrals/{referral.id}/sharing-refusal", data={"how": "phone"})
    else:
        ana.delete(f"/asks/{the_ask().id}")
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    assert (visit.outcome, visit.next_step_at) == ("not_needed", None)
    assert visit.status_reason


def test_it_leaves_a_day_two_sides_disagree_about_to_a_person(
    partner: FlaskClient, path: str, referral: Referral, ana: FlaskClient, clock: Any
) -> None:
    say(partner, path, "scheduled", day=day(clock))
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    with transaction():
        visit.need(Needs.SETTLE, at=clock.now)
    form = {"how": "cancelled", "reason": "Moved away"}
    ana.post(f"/referrals/{referral.id}/ending", data=form)
    (visit,) = tasks_of(TaskType.APPOINTMENT_KEPT)
    assert (visit.is_open, visit.needs, visit.next_step_at) == (True, Needs.SETTLE, None)
