"""One referral through its link: opened by the button, read, acknowledged; nothing of anybody else's."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.core.ids import new_id
from app.models.event import AccessLog
from app.models.partner_link import LinkScope
from app.models.referral import ReferralUpdate
from app.models.referral_letter import LetterWay, ReferralLetter
from tests.actions.test_letters import BODY, approve, mailing, receive  # noqa: F401 - a fixture
from tests.web.partner.conftest import LinkFor
from tests.world import World, look_again

ComeIn = Callable[[str], FlaskClient]


@pytest.fixture
def letter(world: World, clock: Any, mailing: Flask) -> ReferralLetter:  # noqa: F811
    return approve(receive(world, clock), world, clock)


def the_letter() -> ReferralLetter:
    look_again()
    return db.session.scalars(select(ReferralLetter)).one()


def test_it_is_told_by_the_button_and_not_by_a_look(
    client: FlaskClient, letter: ReferralLetter, link_for: LinkFor
) -> None:
    path = link_for(LinkScope.REFERRAL, letter.referral_id)
    page = f"{path}/referrals/{letter.referral_id}"
    for _ in range(2):
        assert "Sam" not in client.get(path, follow_redirects=True).text
        assert client.get(page).headers["Location"].endswith(path)  # back to the door
    assert the_letter().opened_at is None
    shown = client.post(path, follow_redirects=True)
    assert "Sam Porter" in shown.text
    assert "We met Sam." in shown.text
    assert the_letter().opened_at is not None
    assert db.session.scalars(select(ReferralUpdate)).one().how == "secure_link"
    log = db.session.scalars(select(AccessLog).where(AccessLog.viewer_kind == "partner")).all()
    assert {(row.patient_id, row.through) for row in log} == {
        (letter.referral.patient_id, "partner")
    }


def test_it_takes_an_acknowledgement_with_a_name(
    come_in: ComeIn, letter: ReferralLetter, link_for: LinkFor
) -> None:
    path = link_for(LinkScope.REFERRAL, letter.referral_id)
    office, act = come_in(path), f"{path}/letters/{letter.id}/acknowledgement"
    assert "Write your name" in office.post(act, data={"name": " "}).text
    office.post(act, data={"name": "Nurse Kim"})
    assert the_letter().acknowledged_by == "Nurse Kim"
    assert "Read by Nurse Kim" in office.get(path, follow_redirects=True).text


def test_it_opens_a_later_note_by_a_button_of_its_own(
    come_in: ComeIn, world: World, clock: Any, letter: ReferralLetter, link_for: LinkFor
) -> None:
    path = link_for(LinkScope.REFERRAL, letter.referral_id)
    office = come_in(path)
    later = approve(letter.referral, world, clock)
    assert office.get(path, follow_redirects=True).text.count("We met Sam.") == 1
    look_again()
    assert db.session.get_one(ReferralLetter, (later.practice_id, later.id)).opened_at is None
    office.post(f"{path}/letters/{later.id}/opening")
    assert office.get(path, follow_redirects=True).text.count("We met Sam.") == 2


def test_it_shows_no_printed_letter_that_nobody_attested(
    come_in: ComeIn, world: World, clock: Any, letter: ReferralLetter, link_for: LinkFor
) -> None:
    approve(letter.referral, world, clock, LetterWay.FAX)
    office = come_in(link_for(LinkScope.REFERRAL, letter.referral_id))
    path = link_for(LinkScope.REFERRAL, letter.referral_id)
    office.post(path)
    assert office.get(path, follow_redirects=True).text.count("A note from") == 1


@pytest.mark.parametrize("which", ["another", "foreign", "missing"])
def test_it_reaches_nothing_but_its_own(
    come_in: ComeIn, world: World, clock: Any, letter: ReferralLetter, link_for: LinkFor, which: str
) -> None:
    office = come_in(link_for(LinkScope.REFERRAL, letter.referral_id))
    path = link_for(LinkScope.REFERRAL, letter.referral_id)
    office.post(path)
    other = approve(receive(world, clock), world, clock)
    if which == "foreign":
        path = link_for(LinkScope.REFERRAL, new_id())
        assert office.post(path).status_code in (303, 404)
    wrong_id, wrong_letter = (other.referral_id, other.id)
    if which == "missing":
        wrong_id = wrong_letter = new_id()
    for method, address in (
        ("GET", f"{path}/referrals/{wrong_id}"),
        ("POST", f"{path}/letters/{wrong_letter}/opening"),
        ("POST", f"{path}/letters/{wrong_letter}/acknowledgement"),
    ):
        answer = office.open(address, method=method, data={"name": "Kim"})
        assert answer.status_code in (303, 404), address
        assert BODY.splitlines()[0] not in answer.text
    look_again()
    assert db.session.get_one(ReferralLetter, (other.practice_id, other.id)).opened_at is None
