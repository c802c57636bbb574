"""A referral's steps on its page, and the practice's list of whom its care is for."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import fit
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.referral_milestone import FitCriterion
from app.models.referral_state import ReferralStatus
from app.models.task import Task
from app.models.user import User
from tests.conftest import Clock
from tests.web.test_referrals import TOLD, refer, reloaded
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
OUTCOME = {"kind": "outcome", "evidence": "partner_confirmed", "note": "Meals come twice a week"}


def add_line(world: World, clock: Clock, text: str = "Two emergency visits") -> FitCriterion:
    with transaction():
        return fit.add(world.practice.id, text, by=SYSTEM, at=clock.now)


def test_it_checks_the_fit_against_the_practices_own_lines(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    line, referral = add_line(world, clock), refer(world, clock)
    assert "Two emergency visits" in ana.get(f"/referrals/{referral.id}").text
    no = {"fit": "no", "criterion": str(line.id), "fit_note": "None on record"}
    assert ana.post(f"/referrals/{referral.id}/fit", data=no).status_code == 303
    judged = reloaded(referral)
    assert (judged.status, judged.is_fit) == (ReferralStatus.REJECTED, False)
    assert judged.status_reason == "Two emergency visits; None on record"
    card = db.session.scalars(select(Task).where(Task.referral_id == referral.id)).one()
    said = ana.get(f"/tasks/{card.id}").text
    assert "It is not a fit. Your turn: tell the referring office why." in said
    assert "are in touch" not in said
    text = ana.get("/referrals").text
    assert "<strong>1</strong> not a fit" in text
    assert "Two emergency visits (1)" in text
    assert "Not a fit" in ana.get("/referrals?view=all").text


@pytest.mark.parametrize(
    ("form", "words"),
    [({}, "Choose whether"), ({"fit": "no"}, "why they are not a fit")],
)
def test_it_says_what_a_fit_check_lacks(
    ana: FlaskClient, world: World, clock: Clock, form: dict[str, str], words: str
) -> None:
    referral = refer(world, clock)
    answer = ana.post(f"/referrals/{referral.id}/fit", data=form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert reloaded(referral).status is ReferralStatus.REQUESTED


def test_it_closes_the_loop_from_the_page(ana: FlaskClient, world: World, clock: Clock) -> None:
    referral = refer(world, clock)
    base = f"/referrals/{referral.id}"
    ana.post(f"{base}/fit", data={"fit": "yes"})
    assert ana.post(f"{base}/milestones", data=OUTCOME).status_code == 303
    assert ana.post(f"{base}/closing").status_code == 409  # the office was not told
    ana.post(f"{base}/updates", data=TOLD)
    text = ana.get(base).text
    assert "Close the loop" in text
    assert "Meals come twice a week" in text
    assert "Partner confirmed it" in text
    assert ana.post(f"{base}/closing").status_code == 303
    assert reloaded(referral).status is ReferralStatus.COMPLETED
    assert ana.delete(f"{base}/closing").status_code == 303
    assert ana.delete(f"{base}/milestones/outcome").status_code == 303
    assert "Meals come twice a week" not in ana.get(base).text


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("milestones", {"kind": "kept"}, "Say who confirmed it"),
        ("milestones", {"kind": "pigeon"}, "Choose what happened"),
        ("hold", {"reason": " "}, "Write why"),
        ("ending", {"how": "failed"}, "Write why"),
        ("ending", {"how": "completed", "reason": "x"}, "Choose how it ended"),
    ],
)
def test_it_says_what_a_step_lacks(
    ana: FlaskClient, world: World, clock: Clock, path: str, form: dict[str, str], words: str
) -> None:
    referral = refer(world, clock)
    ana.post(f"/referrals/{referral.id}/fit", data={"fit": "yes"})
    answer = ana.post(f"/referrals/{referral.id}/{path}", data=form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert reloaded(referral).status is ReferralStatus.ACCEPTED


def test_it_holds_goes_on_and_ends(ana: FlaskClient, world: World, clock: Clock) -> None:
    referral = refer(world, clock)
    base = f"/referrals/{referral.id}"
    ana.post(f"{base}/fit", data={"fit": "yes"})
    ana.post(f"{base}/hold", data={"reason": "In hospital"})
    assert "In hospital" in ana.get(base).text
    ana.delete(f"{base}/hold")
    ana.post(f"{base}/ending", data={"how": "failed", "reason": "Could not be found"})
    assert reloaded(referral).status is ReferralStatus.FAILED
    assert "Record that they were told" in ana.get(base).text


def test_it_lets_leads_keep_the_list(sign_in: SignInAs, world: World, clock: Clock) -> None:
    lea = sign_in(world.lea)
    assert lea.post("/settings/fit", data={"text": "  Lives   alone "}).status_code == 303
    again = lea.post("/settings/fit", data={"text": "lives alone"})
    assert (again.status_code, "on the list already" in again.text) == (422, True)
    line = db.session.scalars(select(FitCriterion)).one()
    assert line.text == "Lives alone"
    lea.delete(f"/settings/fit/{line.id}/force")
    look_again()
    assert not db.session.scalars(select(FitCriterion)).one().is_active
    referral = refer(world, clock)
    assert "Lives alone" not in lea.get(f"/referrals/{referral.id}").text
    lea.post(f"/settings/fit/{line.id}/force")
    assert "Lives alone" in lea.get(f"/referrals/{referral.id}").text
    assert "Lives alone" in sign_in(world.ana).get("/settings/fit").text
    assert "Lives alone" not in sign_in(world.cara).get("/settings/fit").text
    for each in range(fit.MOST):
        lea.post("/settings/fit", data={"text": f"Line {each}"})
    look_again()
    lines = db.session.scalars(select(FitCriterion).where(FitCriterion.is_active)).all()
    assert len(lines) == fit.MOST
