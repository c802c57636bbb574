"""A link that ran out while its work goes on: a fresh one goes to the address on record, by no more than a
tap; the old one shows nothing, and says so when the work came to its end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import mail_words, partner_links, referral_steps, sharing
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.event import SYSTEM
from app.models.mail import Mail, MailKind, MailStatus
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.user import User
from tests.actions.test_letters import mailing  # noqa: F401 - a fixture
from tests.conftest import Clock
from tests.web.partner.conftest import LinkFor
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
MONTH = timedelta(days=30)


def subject_of(scope: LinkScope, ask: OrganizationAsk, referral: Referral) -> object:
    return {
        LinkScope.ASK: ask.id,
        LinkScope.REFERRAL: referral.id,
        LinkScope.OFFICE: referral.referrer_id,
        LinkScope.INTAKE: referral.referrer_id,
        LinkScope.DAY_LIST: ask.organization_id,
    }[scope]


def newest() -> Mail:
    look_again()
    return db.session.scalars(select(Mail).order_by(Mail.created_at.desc()).limit(1)).one()


@pytest.mark.parametrize("scope", list(LinkScope))
def test_it_sends_a_fresh_one_to_the_address_on_record(
    mailing: Flask,  # noqa: F811
    ask: OrganizationAsk, referral: Referral, link_for: LinkFor, clock: Clock, scope: LinkScope,
) -> None:  # fmt: skip
    path = link_for(scope, subject_of(scope, ask, referral), lives=MONTH)
    mailing.config["WTF_CSRF_ENABLED"] = False  # as in every app of a test
    client = mailing.test_client()
    client.post(path)
    clock.advance(days=30, minutes=1)
    home = client.get(path)
    assert (home.status_code, "Send me a new link" in home.text) == (410, True)
    for private in ("S.P.", "SP", "Sam", "example.org"):
        assert private not in home.text.replace(path, "")
    for _ in range(2):
        assert "A new link is on its way" in client.post(f"{path}/fresh").text
    row = newest()
    assert row.to_address in ("office@example.org", "boxes@pantry.example.org")
    assert row.kind is (
        MailKind.ORGANIZATION_ASK if scope is LinkScope.ASK else MailKind.FRESH_LINK
    )
    waiting = select(Mail).where(Mail.status == MailStatus.WAITING)
    assert len(db.session.scalars(waiting).all()) == 1
    with transaction():
        words = mail_words.write(newest(), at=clock.now)
    assert words is not None
    fresh = words.text.partition("http://localhost:8000")[2].split()[0]
    assert client.post(fresh).status_code == 303
    assert client.get(fresh, follow_redirects=True).status_code == 200
    assert client.get(path).status_code == 410  # the old one opens nothing
    assert client.post(f"{path}/fresh").status_code == 200
    assert client.post(f"{path}/fresh").status_code == 429


def test_it_says_that_it_is_over_or_to_call(
    client: FlaskClient, ask: OrganizationAsk, referral: Referral, link_for: LinkFor, clock: Clock,
    sam: Patient,
) -> None:  # fmt: skip
    path = link_for(LinkScope.ASK, ask.id)
    office = link_for(LinkScope.OFFICE, referral.referrer_id)
    clock.advance(days=91)
    assert "Call Harbor Family Clinic for a new one" in client.get(office).text  # no e-mail set up
    assert client.post(f"{office}/fresh").status_code == 409
    with transaction():
        ended = db.session.merge(referral)
        referral_steps.end(ended, ReferralStatus.CANCELLED, "Moved", by=SYSTEM, at=clock.now)
    assert "is closed" in client.get(path).text
    assert client.post(f"{path}/fresh").status_code == 303
    with transaction():
        sharing.withdraw(sam, ConsentHow.PHONE, "No", "en", by=SYSTEM, at=clock.now)
    assert "is closed" not in client.get(path).text  # nothing is said of who agreed to nothing
    assert db.session.scalars(select(Mail)).all() == []


@pytest.fixture
def sam(world: World) -> Patient:
    return db.session.merge(world.sam)


def test_it_lets_an_office_keep_its_page_and_staff_see_until_when(
    client: FlaskClient, referral: Referral, link_for: LinkFor, clock: Clock, world: World,
    sign_in: SignInAs,
) -> None:  # fmt: skip
    path = link_for(LinkScope.OFFICE, referral.referrer_id)
    clock.advance(days=89)
    client.post(f"{path}/renewal")  # nobody pressed the button in this browser
    client.post(path)
    assert "Keep it for 90 more days" in client.get(f"{path}/office").text
    client.post(f"{path}/renewal")
    clock.advance(days=89)
    assert client.get(f"{path}/office").status_code == 200
    page = f"/offices/{referral.referrer_id}"
    ana: User = world.ana
    assert "1 in use, the newest until" in sign_in(ana).get(page).text
    clock.advance(days=2)
    assert "the last one ended" in sign_in(ana).get(page).text
    assert partner_links.find(path.rpartition("/")[2]) is not None
