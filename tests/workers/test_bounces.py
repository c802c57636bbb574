"""An e-mail that comes back later opens the card by itself: from the Maildir, from a file, and only once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import mail, organization_asks, organizations, partner_links, referrers
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.mail import Mail, MailKind, MailStatus
from app.models.partner_link import LinkScope
from app.models.referral import Referral, Referrer
from app.models.referral_letter import LetterWay, ReferralLetter
from app.models.task import OPEN_STATUSES, Needs, Task
from app.models.user import User
from tests.actions.test_letters import approve, follow_up, receive
from tests.conftest import Clock
from tests.mail.stand_in import MailStandIn
from tests.messaging.test_bounces import OURS, report
from tests.web.partner.asks import pantry, post_ask, the_ask
from tests.world import World, look_again
from workers import bounces
from workers import mail as sweep

SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    return tmp_path / "box"


@pytest.fixture
def posting(make_app: Callable[..., Flask], maildir: Path) -> Any:
    with MailStandIn() as server:
        app = make_app(smtp_url=server.url, mail_from="clinic@example.org",
                       mail_bounces=str(maildir))  # fmt: skip
        with app.app_context():
            yield app


def came_back(row: Mail, **more: Any) -> bytes:
    return report(**more).replace(OURS.encode(), mail.message_id(row).encode())


def sent(world: World, clock: Clock) -> tuple[Mail, ReferralLetter]:
    letter = approve(receive(world, clock), world, clock)
    assert sweep.send_due() == 1
    look_again()
    row = db.session.scalars(select(Mail)).one()
    assert row.status is MailStatus.SENT
    return row, db.session.get_one(ReferralLetter, (letter.practice_id, letter.id))


def failures() -> int:
    look_again()
    kind = Event.kind == "referral.letter_failed"
    return db.session.scalar(select(func.count()).select_from(Event).where(kind)) or 0


def test_it_opens_the_card_by_itself_and_once(
    posting: Flask, world: World, clock: Clock, maildir: Path
) -> None:
    row, letter = sent(world, clock)
    for name in ("1.a", "2.b"):
        (maildir / "new" / name).write_bytes(came_back(row))
    assert (bounces.take_in_new(), bounces.take_in_new()) == (1, 0)
    look_again()
    db.session.refresh(letter)
    db.session.refresh(row)
    assert (letter.failed_why, row.status, row.reason) == ("came_back", MailStatus.REFUSED, "5.1.1")
    assert failures() == 1
    assert follow_up(letter.referral).needs is Needs.UPDATE_PCP
    assert sorted(path.name for path in (maildir / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S"]
    assert list((maildir / "new").iterdir()) == []


@pytest.mark.parametrize("odd", ["other_host", "other_address", "nobody", "delayed"])
def test_it_believes_no_made_up_report(
    posting: Flask, world: World, clock: Clock, maildir: Path, odd: str
) -> None:
    row, _ = sent(world, clock)
    raw = {
        "other_host": came_back(row).replace(b"@localhost", b"@elsewhere.example.org"),
        "other_address": came_back(row).replace(b"office@example.org", b"me@example.org"),
        "nobody": report(),
        "delayed": came_back(row, action="delayed"),
    }[odd]
    (maildir / "new" / "1.a").write_bytes(raw)
    assert bounces.take_in_new() == 0
    assert failures() == 0
    assert list((maildir / "new").iterdir()) == []  # looked at, and not again


def test_it_counts_one_that_left_before_its_worker_died(
    posting: Flask, world: World, clock: Clock, maildir: Path
) -> None:
    referral = receive(world, clock)
    letter = approve(referral, world, clock)
    with transaction():
        row = db.session.scalars(select(Mail)).one()
        assert mail.claim(row.practice_id, row.id, row.due_at or clock.now, at=clock.now)
    (maildir / "new" / "1.a").write_bytes(came_back(row))
    assert bounces.take_in_new() == 1
    clock.advance(hours=1)
    assert sweep.send_due() == 0  # it does not leave again
    assert failures() == 1
    assert letter.withdrawn_at is None


def test_it_takes_in_a_file_by_hand(
    posting: Flask, world: World, clock: Clock, tmp_path: Path
) -> None:
    row, _ = sent(world, clock)
    file = tmp_path / "bounce.eml"
    file.write_bytes(came_back(row))
    said = posting.test_cli_runner().invoke(args=["mail", "bounces", str(file)])
    assert said.output == "1 read, 1 of ours came back.\n"
    piped = posting.test_cli_runner().invoke(args=["mail", "bounces", "-"], input=file.read_bytes())
    assert piped.output == "1 read, 0 of ours came back.\n"
    assert failures() == 1


def test_it_does_nothing_without_a_maildir(make_app: Callable[..., Flask]) -> None:
    with make_app().app_context():
        assert bounces.take_in_new() == 0


def queued(kind: MailKind, referral: Referral, clock: Clock) -> Mail:
    """An e-mail that left, to the office of this referral."""
    about = referral.referrer_id if kind is MailKind.OFFICE_DIGEST else referral.id
    if kind is MailKind.REFERRAL_UPDATE:
        about = ReferralLetter(
            practice_id=referral.practice_id, referral_id=referral.id, way=LetterWay.LINK,
            body="x", approved_at=clock.now,
        )  # fmt: skip
        db.session.add(about)
        db.session.flush()
        about = about.id
    row = mail.queue(referral.practice_id, kind, about, "office@example.org", by=SYSTEM,
                     at=clock.now)  # fmt: skip
    mail.end(row, MailStatus.SENT, at=clock.now)
    return row


def cards() -> list[Task]:
    look_again()
    rows = select(Task).where(Task.needs == Needs.FIX_ADDRESS, Task.status.in_(OPEN_STATUSES))
    return list(db.session.scalars(rows))


@pytest.mark.parametrize(
    "kind", [MailKind.OFFICE_DIGEST, MailKind.OFFICE_ANSWER, MailKind.REFERRAL_UPDATE]
)
def test_it_opens_one_card_per_office_until_its_address_is_changed(
    posting: Flask, world: World, clock: Clock, maildir: Path, kind: MailKind, sign_in: SignInAs
) -> None:
    """Whatever came back, and though the office was told long ago."""
    referral = receive(world, clock)
    with transaction():
        referral.pcp_told_at = clock.now
        rows = [queued(kind, referral, clock), queued(MailKind.OFFICE_DIGEST, referral, clock)]
    for number, row in enumerate(rows):
        (maildir / "new" / f"{number}.a").write_bytes(came_back(row))
    assert (len(cards()), bounces.take_in_new(), len(cards())) == (0, 2, 1)
    (card,) = cards()
    assert card.referral_id == referral.id
    page = sign_in(world.ana).get(f"/tasks/{card.id}").text
    assert "write the right address on their page" in page
    with transaction():
        office = db.session.get_one(Referrer, (referral.practice_id, referral.referrer_id))
        referrers.update(office, email="new@example.org", phone="", fax="", clinicians="",
                         by=SYSTEM, at=clock.now)  # fmt: skip
    assert cards() == []
    with transaction():
        again = queued(MailKind.OFFICE_ANSWER, db.session.merge(referral), clock)
        again.to_address = "office@example.org"
    (maildir / "new" / "9.a").write_bytes(came_back(again))
    assert (bounces.take_in_new(), len(cards())) == (1, 1)


def test_it_needs_no_second_card_for_an_office_that_waits_to_be_told(
    posting: Flask, world: World, clock: Clock, maildir: Path
) -> None:
    row, letter = sent(world, clock)
    (maildir / "new" / "1.a").write_bytes(came_back(row))
    assert (bounces.take_in_new(), cards()) == (1, [])
    assert follow_up(letter.referral).needs is Needs.UPDATE_PCP


@pytest.mark.parametrize("kind", [MailKind.ORGANIZATION_ASK, MailKind.FRESH_LINK])
def test_an_organizations_bad_address_is_told_though_its_ask_is_over(
    posting: Flask, world: World, clock: Clock, maildir: Path, kind: MailKind, sign_in: SignInAs
) -> None:
    """About a closed ask, and about the link of its day list."""
    referral, one = receive(world, clock), pantry(world, clock)
    post_ask(sign_in(world.ana), referral, one)
    ask = the_ask()
    with transaction():
        organization_asks.take_back(db.session.merge(ask), by=SYSTEM, at=clock.now)
        link, _ = partner_links.make(
            one.practice_id, LinkScope.DAY_LIST, one.id, by=SYSTEM, at=clock.now
        )
        about = ask.id if kind is MailKind.ORGANIZATION_ASK else link.id
        rows = [mail.queue(one.practice_id, kind, about, str(one.email), by=SYSTEM, at=clock.now)
                for _ in range(2)]  # fmt: skip
        for row in rows:
            mail.end(row, MailStatus.SENT, at=clock.now)
    for number, row in enumerate(rows):
        (maildir / "new" / f"{number}.a").write_bytes(
            came_back(row).replace(b"office@example.org", str(one.email).encode())
        )
    assert bounces.take_in_new() == 2
    (card,) = cards()
    page = sign_in(world.ana).get(f"/tasks/{card.id}").text
    assert "E-mails to Harbor Pantry do not arrive" in page
    with transaction():
        entry = organizations.Entry("Harbor Pantry", ["food"], email="new@pantry.example.org")
        organizations.change(db.session.merge(one), entry, by=SYSTEM, at=clock.now)
    assert cards() == []
