"""Letters to the office: only an opened, acknowledged or attested one is told; a refused e-mail is a card."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions import letters, partner_links, referrals, referrers
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM
from app.models.mail import Mail, MailStatus
from app.models.partner_link import LinkScope
from app.models.referral import Referral, ReferralUpdate
from app.models.referral_letter import LetterState, LetterWay, ReferralLetter
from app.models.task import Needs, Task, TaskStatus
from app.models.viewer import Viewer, partner_viewer
from tests.conftest import Clock
from tests.world import World

BODY = "Dear Dr. Lee,\nWe met Sam.\nWhat we do next: a visit on Friday."


@pytest.fixture
def mailing(make_app: Callable[..., Flask]) -> Flask:
    """An installation that can send e-mail; nothing listens there."""
    made = make_app(smtp_url="smtp://127.0.0.1:9", mail_from="clinic@example.org")
    with made.app_context():
        yield made


def receive(world: World, clock: Clock, email: str | None = "office@example.org") -> Referral:
    with transaction():
        office = referrers.find_or_add(
            world.practice.id, "Riverside", email=email, by=SYSTEM, at=clock.now
        )
        sam = db.session.merge(world.sam)
        return referrals.create(sam, reason="Falls", by=SYSTEM, at=clock.now, referrer=office)


def follow_up(referral: Referral) -> Task:
    first = Task.source_key.is_(None)
    return db.session.scalars(select(Task).where(Task.referral_id == referral.id, first)).one()


def approve(
    referral: Referral, world: World, clock: Clock, way: LetterWay = LetterWay.LINK
) -> ReferralLetter:
    with transaction():
        return letters.approve(referral, way, BODY, by=world.viewer(world.ana), at=clock.now)


def office(referral: Referral, clock: Clock) -> Viewer:
    link, _ = partner_links.make(
        referral.practice_id, LinkScope.REFERRAL, referral.id, by=SYSTEM, at=clock.now
    )
    return partner_viewer(link)


def test_it_is_told_when_it_is_opened_and_not_before(
    world: World, clock: Clock, mailing: Flask
) -> None:
    referral = receive(world, clock)
    letter = approve(referral, world, clock)
    with transaction():
        letters.note_sent(letter, at=clock.advance(minutes=1))
    assert (letter.state, letter.tells) == (LetterState.SENT, False)
    assert (referral.pcp_told_at, follow_up(referral).is_open) == (None, True)
    with transaction():
        who = office(referral, clock)
        letters.open_all(referral, by=who, at=clock.advance(hours=2))
        letters.open_all(referral, by=who, at=clock.advance(hours=2))
    assert letter.state is LetterState.OPENED
    update = db.session.scalars(select(ReferralUpdate)).one()
    assert (update.how, update.body, update.recorded_by_id) == ("secure_link", BODY, None)
    assert (referral.pcp_told_at, update.told_at) == (letter.opened_at, letter.opened_at)
    assert follow_up(referral).status is TaskStatus.COMPLETED
    with transaction():
        letters.acknowledge(letter, " Nurse  Kim ", by=who, at=clock.now)
    assert (letter.state, letter.acknowledged_by) == (LetterState.ACKNOWLEDGED, "Nurse Kim")
    with pytest.raises(Conflict), transaction():
        letters.withdraw(letter, by=SYSTEM, at=clock.now)


def test_it_needs_a_person_for_its_last_line(world: World, clock: Clock, mailing: Flask) -> None:
    referral = receive(world, clock)
    for body in ("", "Dear colleagues,\nWhat we do next: "):
        with pytest.raises(Invalid) as refused, transaction():
            letters.approve(
                referral, LetterWay.LINK, body, by=world.viewer(world.ana), at=clock.now
            )
        assert refused.value.field == "body"


def test_it_asks_for_a_fax_where_no_e_mail_can_go(world: World, clock: Clock) -> None:
    no_server = receive(world, clock)
    with pytest.raises(Invalid, match="not set up"):
        approve(no_server, world, clock)
    db.session.expire_all()
    assert db.session.scalars(select(ReferralLetter)).all() == []
    letter = approve(no_server, world, clock, LetterWay.FAX)
    assert db.session.scalars(select(Mail)).all() == []
    told = {"how": "fax", "told_to": "(503) 555-0180", "told_at": clock.now}
    with transaction():
        letters.attest(letter, by=world.viewer(world.ana), at=clock.now, seconds=120, **told)
    assert (letter.state, no_server.pcp_told_at) == (LetterState.ATTESTED, clock.now)


def test_it_asks_for_a_fax_of_an_office_without_an_address(
    world: World, clock: Clock, mailing: Flask
) -> None:
    with pytest.raises(Invalid, match="no e-mail address"):
        approve(receive(world, clock, email=None), world, clock)


def test_it_is_taken_back_before_it_leaves(world: World, clock: Clock, mailing: Flask) -> None:
    referral = receive(world, clock)
    letter = approve(referral, world, clock)
    with transaction():
        letters.withdraw(letter, by=SYSTEM, at=clock.now)
        letters.open_all(referral, by=office(referral, clock), at=clock.now)
    assert db.session.scalars(select(Mail)).one().status is MailStatus.CANCELLED
    assert (letter.opened_at, referral.pcp_told_at) == (None, None)
    with pytest.raises(Conflict), transaction():
        letters.acknowledge(letter, "Kim", by=office(referral, clock), at=clock.now)


def test_it_opens_a_card_when_the_e_mail_comes_back(
    world: World, clock: Clock, mailing: Flask
) -> None:
    referral = receive(world, clock)
    letter = approve(referral, world, clock)
    task = follow_up(referral)
    with transaction():
        from app.actions import tasks

        tasks.cancel(task, reason="Made twice", by=SYSTEM, at=clock.now)
        letters.fail(letter, "came_back", by=SYSTEM, at=clock.now)
        letters.fail(letter, "came_back", by=SYSTEM, at=clock.now)
    assert letter.state is LetterState.FAILED
    cards = db.session.scalars(select(Task).where(Task.status != TaskStatus.CANCELLED)).all()
    assert [(card.needs, card.referral_id) for card in cards] == [(Needs.UPDATE_PCP, referral.id)]


def test_it_cannot_be_claimed_by_staff_that_the_office_opened_it(
    world: World, clock: Clock
) -> None:
    referral = receive(world, clock)
    with pytest.raises(Invalid) as refused, transaction():
        referrals.record_update(
            referral, how="secure_link", told_to="x", body="x", told_at=clock.now,
            by=world.viewer(world.ana), at=clock.now,
        )  # fmt: skip
    assert refused.value.field == "how"
