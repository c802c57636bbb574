"""Links of community organizations by text: never before they agreed, never a word about the patient,
one gate and one STOP for all texts, a thread for what they write, a card when a text does not arrive."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import delivery, organization_asks, organizations, sharing
from app.actions.organization_numbers import Texts
from app.core.db import db, transaction
from app.models.community_organization import CommunityOrganization, Need
from app.models.consent import ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.conversation import Conversation
from app.models.event import SYSTEM, Event
from app.models.mail import Mail
from app.models.message import Direction, Message
from app.models.organization_ask import OrganizationAsk
from app.models.task import Needs, Task
from messaging.carriers.base import StatusReport
from messaging.delivery import MessageStatus
from tests.actions.test_letters import mailing, receive  # noqa: F401 - a fixture
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.importing import only_run, plain, step, upload
from tests.web.partner.asks import post_ask
from tests.world import World, look_again

MOBILE = "+15035550177"
DIRECTORY = "/settings/referrals/organizations"
AGREED = {
    "links_by": "sms",
    "mobile": "(503) 555-0177",
    "agreed": "yes",
    "agreed_name": "Joel Marsh",
}


@pytest.fixture
def rides(world: World, clock: Clock) -> CommunityOrganization:
    entry = organizations.Entry(
        name="Green Line", needs=["food"], email="desk@greenline.example.org",
        texts=Texts("sms", MOBILE, "yes", "Joel Marsh"),
    )  # fmt: skip
    with transaction():
        return organizations.add(world.practice.id, entry, by=SYSTEM, at=clock.now)


def sent() -> list[Message]:
    look_again()
    rows = select(Message).where(Message.send_key.startswith("partner-link:"))
    return list(db.session.scalars(rows.order_by(Message.created_at)))


def ask(world: World, clock: Clock, one: CommunityOrganization) -> OrganizationAsk:
    referral = receive(world, clock)
    with transaction():
        yes = sharing.agree(referral.patient, ConsentHow.DESK, "Yes", "en", by=SYSTEM, at=clock.now)
        return organization_asks.create(
            referral, db.session.merge(one), Need.FOOD, yes, by=SYSTEM, at=clock.now
        )


def renew(asked: OrganizationAsk, clock: Clock) -> None:
    with transaction():
        again = db.session.get_one(OrganizationAsk, (asked.practice_id, asked.id))
        organization_asks.renew(again, by=SYSTEM, at=clock.advance(minutes=1))


def test_it_texts_nobody_who_has_not_agreed(lea: FlaskClient, world: World) -> None:
    form = {"name": "Green Line", "needs": "food", "languages": "en", "capacity": "open"}
    for missing, said in (
        ({"agreed": ""}, "Nothing is texted before they agreed"),
        ({"agreed_name": " "}, "Write who there agreed"),
        ({"mobile": ""}, "Write the mobile number"),
        ({"mobile": world.phone(world.sam)}, "A patient’s record has"),
    ):
        refused = lea.post(DIRECTORY, data=form | AGREED | missing)
        assert (refused.status_code, said in refused.text) == (422, True)
    assert lea.post(DIRECTORY, data=form | AGREED).status_code == 303
    look_again()
    made = db.session.scalars(select(CommunityOrganization)).one()
    assert (made.mobile, made.texts_agreed_by_id) == (MOBILE, world.lea.id)
    agreed = db.session.scalars(
        select(Event).where(Event.kind == "organization.texts_agreed")
    ).one()
    assert (agreed.actor_id, agreed.facts["name"]) == (world.lea.id, "Joel Marsh")
    assert "Reply STOP" in agreed.facts["wording"]
    page = lea.get(f"{DIRECTORY}/{made.id}").text
    assert "Joel Marsh agreed" in page
    # The same number needs no second yes; another one does.
    assert (
        lea.post(f"{DIRECTORY}/{made.id}", data=form | AGREED | {"agreed": ""}).status_code == 303
    )
    other = form | AGREED | {"agreed": "", "mobile": "503-555-0178"}
    assert lea.post(f"{DIRECTORY}/{made.id}", data=other).status_code == 422
    off = form | AGREED | {"links_by": "email"}
    assert lea.post(f"{DIRECTORY}/{made.id}", data=off).status_code == 303
    look_again()
    assert not db.session.scalars(select(CommunityOrganization)).one().agreed_to_texts


def test_it_texts_a_link_and_no_word_about_the_patient(
    ana: FlaskClient, world: World, clock: Clock, rides: CommunityOrganization
) -> None:
    referral = receive(world, clock)
    assert post_ask(ana, referral, rides).status_code == 303
    [text] = sent()
    assert (text.status, text.purpose, text.patient_id) == (MessageStatus.QUEUED, "referral", None)
    assert "/partner/" in text.body
    for hidden in ("Sam", "Porter", "S.P.", "food", "Falls"):
        assert hidden not in text.body
    assert text.body.count("/partner/…") == 0
    assert "/partner/…" in text.shown_body  # staff of other teams read this thread
    page = ana.get(f"/inbox/{text.conversation_id}").text
    assert "Green Line" in page
    assert "/partner/…" in page
    ended = db.session.scalars(select(OrganizationAsk)).one()
    with transaction():
        organization_asks.take_back(ended, by=SYSTEM, at=clock.advance(minutes=1))
    [text] = sent()
    assert text.status is MessageStatus.CANCELLED


def test_it_hears_the_organization_in_a_thread_of_its_own_and_honours_its_stop(
    mailing: Flask,  # noqa: F811 - the fixture
    ana: FlaskClient,
    world: World,
    clock: Clock,
    rides: CommunityOrganization,
) -> None:
    phones = Phones(world, clock)
    asked = ask(world, clock, rides)
    phones.deliver_all()
    clock.advance(minutes=5)
    phones.text(MOBILE, "We can drive on Monday")
    look_again()
    thread = db.session.scalars(
        select(Conversation).where(Conversation.waiting_since.is_not(None))
    ).one()
    assert (thread.organization_id, thread.patient_id) == (rides.id, None)
    listed = ana.get("/inbox?view=offices").text
    assert "Green Line" in listed
    assert "Green Line" in ana.get("/inbox?q=green").text
    assert "We can drive on Monday" in ana.get(f"/inbox/{thread.id}").text
    phones.text(MOBILE, "STOP")
    look_again()
    number = db.session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == MOBILE)).one()
    assert number.opted_out_at is not None
    renew(asked, clock)
    assert len(sent()) == 1
    assert db.session.scalars(select(Mail)).one().to_address == "desk@greenline.example.org"
    phones.text(MOBILE, "START")
    renew(asked, clock)
    assert [each.status for each in sent()][-1] is MessageStatus.QUEUED


def test_it_opens_a_card_and_mails_the_link_when_the_text_does_not_arrive(
    mailing: Flask,  # noqa: F811 - the fixture
    ana: FlaskClient,
    world: World,
    clock: Clock,
    rides: CommunityOrganization,
) -> None:
    asked = ask(world, clock, rides)
    Phones(world, clock).deliver_all()
    [text] = sent()
    with transaction():
        db.session.get_one(Message, (text.practice_id, text.id)).status = MessageStatus.SENT
    failed = StatusReport(
        text.provider_id or "", "", None, None, MessageStatus.FAILED, error_code=30003
    )
    with transaction():
        row = db.session.get_one(Message, (text.practice_id, text.id))
        delivery.apply_report(row, failed, at=clock.advance(minutes=1))
    look_again()
    card = db.session.scalars(select(Task).where(Task.referral_id == asked.referral_id)).one()
    assert card.needs is Needs.ASK_PARTNER
    assert db.session.scalars(select(Mail)).one().subject_id == asked.id
    lost = ana.get("/messages/undelivered").text
    assert "Green Line" in lost
    assert ana.post(f"/messages/{text.id}/retry").status_code == 303
    again = sent()[-1]
    assert (again.retry_of_id, again.body) == (text.id, text.body)
    assert "/partner/…" in again.shown_body
    told = db.session.scalars(select(Event).where(Event.kind == "organization.not_reached")).one()
    assert told.facts == {"organization": "Green Line", "way": "text"}
    inbound = select(Message).where(Message.direction == Direction.INBOUND)
    assert db.session.scalars(inbound).all() == []


def test_it_asks_before_a_patient_gets_their_number(
    app: Flask, lea: FlaskClient, rides: CommunityOrganization
) -> None:
    nia = {"mrn": "N-1", "given_name": "Nia", "family_name": "Okoye", "birth_date": "1950-02-03",
           "phone": MOBILE, "language": "en", "preferred_channel": "sms", "setting": "home"}  # fmt: skip
    asked = lea.post("/patients", data=nia)
    assert (asked.status_code, "This is the number of Green Line" in asked.text) == (422, True)
    assert lea.post("/patients", data=nia | {"number_anyway": "yes"}).status_code == 303
    page = lea.post("/patients", data=nia | {"mrn": "N-2"})
    assert page.status_code == 422
    panel = f"mrn,given_name,family_name,birth_date,phone\nN-3,Ned,Okoye,1950-02-03,{MOBILE}\n"
    page = upload(lea, panel).headers["Location"]
    step(app, only_run())
    assert "the phone is an office’s, so no text to the patient goes there" in plain(lea, page)
