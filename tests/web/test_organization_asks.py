"""Asking a community organization from a referral: never without a yes in the person's language, and never
with a word about them in the e-mail."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import mail_words, organization_asks, sharing
from app.core.db import db, transaction
from app.models.community_organization import Need
from app.models.consent import Consent, ConsentHow
from app.models.event import SYSTEM
from app.models.mail import Mail, MailStatus
from app.models.organization_ask import OrganizationAsk
from app.models.referral import Referral
from tests.actions.test_letters import mailing, receive  # noqa: F401 - a fixture
from tests.web.partner.asks import pantry, post_ask, the_ask
from tests.world import World, look_again


def test_it_asks_nobody_without_a_yes(ana: FlaskClient, world: World, clock: Any) -> None:
    one, referral = pantry(world, clock), receive(world, clock)
    shown = ana.get(f"/referrals/{referral.id}/asks/new?need=food&organization={one.id}").text
    assert "Harbor Pantry may not be bound by HIPAA" in shown
    refused = post_ask(ana, referral, one, agreed="")
    assert (refused.status_code, "Nothing leaves without their yes" in refused.text) == (422, True)
    look_again()
    assert db.session.scalars(select(OrganizationAsk)).all() == []
    assert post_ask(ana, referral, one).status_code == 303
    look_again()
    given = db.session.scalars(select(Consent).where(Consent.channel == "sharing")).one()
    assert "may not be bound by HIPAA" in given.wording
    assert the_ask().consent_id == given.id
    assert post_ask(ana, referral, one).status_code == 409


def test_it_reads_the_words_in_spanish(ana: FlaskClient, world: World, clock: Any) -> None:
    one = pantry(world, clock)
    ana.post("/referrals", data={"patient_id": str(world.rosa.id), "reason": "Food"})
    look_again()
    hers = db.session.scalars(select(Referral).where(Referral.patient_id == world.rosa.id)).one()
    page = ana.get(f"/referrals/{hers.id}/asks/new?need=food&organization={one.id}").text
    assert "no esté obligada por HIPAA" in page


def test_it_writes_an_e_mail_without_a_word_about_them(
    mailing: Flask,  # noqa: F811 - the fixture
    world: World,
    clock: Any,
) -> None:
    one, referral = pantry(world, clock), receive(world, clock)

    with transaction():
        yes = sharing.agree(referral.patient, ConsentHow.DESK, "Yes", "en", by=SYSTEM, at=clock.now)
        made = organization_asks.create(referral, one, Need.FOOD, yes, by=SYSTEM, at=clock.now)
    row = db.session.scalars(select(Mail)).one()
    with transaction():
        words = mail_words.write(row, at=clock.now)
    assert words is not None
    assert "/partner/" in words.text
    for hidden in ("Sam", "Porter", "S.P.", "ood", "Falls"):
        assert hidden not in words.subject + words.text
    with transaction():
        sharing.withdraw(
            referral.patient, ConsentHow.DESK, "No", "en", by=SYSTEM, at=clock.advance(minutes=1)
        )
    assert row.status is MailStatus.CANCELLED
    assert mail_words.write(row, at=clock.now) is None
    assert made.ended_why == "consent_withdrawn"
