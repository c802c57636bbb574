"""An office's standing page, the questions it asks, and the weekly digest."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import intakes, mail_words, referrals, referrers
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.mail import Mail, MailKind, MailStatus
from app.models.partner_link import LinkScope
from app.models.referral import Referral, Referrer
from app.models.user import User
from tests.actions.test_letters import approve, mailing, receive  # noqa: F401 - a fixture
from tests.mail.stand_in import MailStandIn
from tests.web.partner.conftest import LinkFor
from tests.world import World, look_again
from workers import mail as sweep

SignInAs = Callable[[User], FlaskClient]
ComeIn = Callable[[str], FlaskClient]


@pytest.fixture
def referral(world: World, clock: Any) -> Referral:
    return receive(world, clock)


def of_another_office(world: World, clock: Any) -> Referral:
    with transaction():
        other = referrers.find_or_add(world.practice.id, "Hill Clinic", by=SYSTEM, at=clock.now)
        return referrals.create(
            db.session.merge(world.kim), reason="x", by=SYSTEM, at=clock.now, referrer=other
        )


def test_it_shows_its_own_referrals_by_initials(
    come_in: ComeIn, world: World, clock: Any, referral: Referral, link_for: LinkFor
) -> None:
    other = of_another_office(world, clock)
    path = link_for(LinkScope.OFFICE, referral.referrer_id)
    office = come_in(path)
    text = office.get(f"{path}/office").text
    assert f'hx-get="{path}/office" hx-select="#live-list" hx-trigger="every 20s"' in text
    text = text.replace(path, "")  # a token may hold any letters
    assert "SP" in text
    assert "Sam" not in text
    assert "KT" not in text
    assert "Sam Porter" in office.get(f"{path}/referrals/{referral.id}").text
    assert office.get(f"{path}/referrals/{other.id}").status_code == 404


def test_it_asks_and_is_answered_on_both_sides(
    come_in: ComeIn, sign_in: SignInAs, world: World, referral: Referral, link_for: LinkFor
) -> None:
    path = link_for(LinkScope.OFFICE, referral.referrer_id)
    office, page = come_in(path), f"{path}/referrals/{referral.id}"
    act = f"{page}/questions"
    assert "Write your name" in office.post(act, data={"note_body": "Any news?"}).text
    assert "Write something" in office.post(act, data={"asker": "Kim"}).text
    office.post(act, data={"note_body": "Any news?", "asker": "Nurse Kim"})
    ana = sign_in(world.ana)
    assert "1 office asks" in ana.get("/bell").text
    assert "Sam Porter" in ana.get("/referrals?view=asked").text
    assert "office asks" not in sign_in(world.ben).get("/bell").text
    assert "Any news?" in ana.get(f"/referrals/{referral.id}").text
    assert "We meet on Friday." not in office.get(f"{page}/notes").text
    ana.post(f"/referrals/{referral.id}/notes", data={"note_body": "We meet on Friday."})
    assert "We meet on Friday." in office.get(f"{page}/notes").text  # without a reload
    assert "office asks" not in ana.get("/bell").text
    assert "We meet on Friday." in office.get(page).text
    assert "Ana Alvarez" in office.get(page).text


def test_it_may_be_settled_without_an_answer(
    come_in: ComeIn, sign_in: SignInAs, world: World, referral: Referral, link_for: LinkFor
) -> None:
    path = link_for(LinkScope.OFFICE, referral.referrer_id)
    said = {"note_body": "Thank you", "asker": "Kim"}
    come_in(path).post(f"{path}/referrals/{referral.id}/questions", data=said)
    ana = sign_in(world.ana)
    ana.delete(f"/referrals/{referral.id}/question")
    assert "office asks" not in ana.get("/bell").text


def test_it_sends_one_digest_a_week_that_names_nobody(
    world: World, clock: Any, make_app: Callable[..., Flask]
) -> None:
    with MailStandIn() as server:
        app = make_app(smtp_url=server.url, mail_from="clinic@example.org")
        with app.app_context():
            receive(world, clock)
            receive(world, clock)
            of_another_office(world, clock)  # has no e-mail
            assert sweep.queue_digests() == 0  # nothing is a week old
            clock.advance(days=7)
            assert (sweep.queue_digests(), sweep.queue_digests()) == (1, 0)
            sweep.send_due()
            clock.advance(days=21)
            assert sweep.queue_digests() == 1  # not one for each week missed
            kinds = [row.kind for row in db.session.scalars(select(Mail))]
        assert kinds == [MailKind.OFFICE_DIGEST] * 2
        text = server.taken[0].text
        assert "2 referrals of your office" in text
        assert "Sam" not in text
        assert "/partner/" in text


def test_it_tells_the_office_that_an_answer_is_there(
    world: World,
    clock: Any,
    mailing: Flask,  # noqa: F811
) -> None:
    from app.actions import referral_notes

    referral = receive(world, clock)
    with transaction():
        referral_notes.answer(referral, "Friday", by=world.viewer(world.ana), at=clock.now)
    assert db.session.scalars(select(Mail)).one().kind is MailKind.OFFICE_ANSWER


def test_it_marks_what_is_to_be_read(
    come_in: ComeIn,
    world: World,
    clock: Any,
    mailing: Flask,  # noqa: F811
    link_for: LinkFor,
) -> None:
    referral = receive(world, clock)
    approve(referral, world, clock)
    path = link_for(LinkScope.OFFICE, referral.referrer_id)
    office = come_in(path)
    assert "A note to read" in office.get(f"{path}/office").text
    look_again()
    assert (
        db.session.scalars(select(Referral)).one().pcp_told_at is None
    )  # the page is not the note


def test_it_tells_what_became_of_what_came_by_the_link(
    come_in: ComeIn,
    world: World,
    clock: Any,
    mailing: Flask,  # noqa: F811
    link_for: LinkFor,
    sign_in: SignInAs,
) -> None:
    """Waiting, or put aside and why: on their page, in one e-mail, and in the counts of both sides."""
    referral = receive(world, clock)
    office = db.session.get_one(Referrer, (referral.practice_id, referral.referrer_id))
    path = link_for(LinkScope.OFFICE, office.id)
    theirs, ana = come_in(path), sign_in(world.ana)
    with transaction():
        joe = intakes.Written("Joe", "New", "1950-01-01", "Falls")
        first, second = (intakes.submit(office, joe, by=SYSTEM, at=clock.now) for _ in range(2))
    page = theirs.get(f"{path}/office").text.replace(path, "")
    assert (page.count("JN"), "We have it and look at it" in page, "Joe" in page) == (
        2,
        True,
        False,
    )
    assert "To be matched" in ana.get(f"/offices/{office.id}").text
    with transaction():
        for each in (first, second):
            intakes.dismiss(each, "Not ours", by=world.viewer(world.ana), at=clock.now)
    assert "Not taken on: Not ours" in theirs.get(f"{path}/office").text
    for shown in (f"/offices/{office.id}", "/referrals"):
        assert re.search(r"put aside: (<strong>)?2", ana.get(shown).text)
    assert "Not ours" not in sign_in(world.cara).get("/referrals").text
    row = db.session.scalars(select(Mail).where(Mail.status == MailStatus.WAITING)).one()
    with transaction():
        words = mail_words.write(row, at=clock.now)
    assert words is not None
    assert "2 referrals you sent by your link were not taken on" in words.text
    assert "Joe" not in words.text
    other = link_for(LinkScope.OFFICE, of_another_office(world, clock).referrer_id)
    assert "JN" not in come_in(other).get(f"{other}/office").text.replace(other, "")
