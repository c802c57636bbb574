"""What a referring office texts and calls: its own thread, answered by people, and tied to a referral."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import incoming_calls, office_threads, patients, referrals, referrers
from app.core.db import db, transaction
from app.core.errors import Conflict, Invalid
from app.models.conversation import Conversation, ConversationKind
from app.models.event import SYSTEM
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.referral import Referral, Referrer
from app.models.touchpoint import Touchpoint
from app.models.user import User
from messaging.calls import CallIn
from messaging.delivery import MessageStatus
from messaging.gate import Purpose
from tests.actions.drafts import queue_to
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World, look_again

OFFICE, BACK_LINE = "+15035550188", "+15035550189"
SignInAs = Callable[[User], FlaskClient]


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


@pytest.fixture
def office(world: World, clock: Clock) -> Referrer:
    with transaction():
        made = referrers.find_or_add(world.practice.id, "Riverside", by=SYSTEM, at=clock.now)
        keep(made, clock, OFFICE, BACK_LINE)
    return made


def keep(office: Referrer, clock: Clock, phone: str, more: str = "") -> None:
    referrers.update(office, email="", phone=phone, fax="", clinicians="", more_phones=more,
                     by=SYSTEM, at=clock.now)  # fmt: skip


def refer(world: World, clock: Clock, patient: Patient, office: Referrer) -> Referral:
    with transaction():
        return referrals.create(
            db.session.merge(patient), reason="Food", by=SYSTEM, at=clock.now,
            referrer=db.session.merge(office), ask_first=False,
        )  # fmt: skip


def threads() -> list[Conversation]:
    look_again()
    return list(db.session.scalars(select(Conversation).order_by(Conversation.created_at)))


def sent() -> list[Message]:
    look_again()
    return list(db.session.scalars(select(Message).where(Message.direction == Direction.OUTBOUND)))


def test_it_opens_the_offices_one_thread_from_any_of_its_numbers(
    ana: FlaskClient, office: Referrer, phones: Phones, clock: Clock
) -> None:
    phones.text(OFFICE, "Has somebody seen Mr. Porter yet?")
    clock.advance(minutes=2)
    phones.text(BACK_LINE, "Please call back.")
    [thread] = threads()
    assert (thread.kind, thread.referrer_id) == (ConversationKind.REFERRAL, office.id)
    assert thread.patient_id is None
    assert "Riverside" in ana.get("/inbox?view=offices").text
    page = ana.get(f"/inbox/{thread.id}").text
    assert "Has somebody seen Mr. Porter yet?" in page
    assert "Please call back." in page
    assert "Who is this?" not in page
    assert "Riverside" in ana.get("/").text  # My day


def test_it_answers_an_office_with_nothing_by_itself(
    world: World, office: Referrer, phones: Phones, clock: Clock
) -> None:
    with transaction():
        db.session.merge(world.practice).hours = {"0": [["03:00", "03:01"]]}
    phones.text("+15035550177", "Hello")  # somebody unknown does hear that nobody is there
    assert len(sent()) == 1
    phones.text(OFFICE, "Sam said yes, 1")
    assert len(sent()) == 1
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 0


def test_it_is_the_offices_even_where_a_patient_has_the_number_too(
    world: World, office: Referrer, phones: Phones, clock: Clock
) -> None:
    with transaction():
        patients.create(
            world.practice, mrn="H-9", given_name="Nora", family_name="Nurse", phone=OFFICE,
            birth_date=world.sam.birth_date, language="en", postal_code="97205", by=SYSTEM,
            at=clock.now,
        )  # fmt: skip
        nora = db.session.scalars(select(Patient).where(Patient.mrn == "H-9")).one()
    message = phones.text(OFFICE, "1")
    assert message is not None
    assert message.patient_id is None
    refused = queue_to(nora, clock.now, send_key="to-nora")
    assert refused.withheld_reason == "office_number"


def test_it_keeps_what_an_office_asked_to_stop(
    ana: FlaskClient, office: Referrer, phones: Phones
) -> None:
    phones.text(OFFICE, "Any news?")
    [thread] = threads()
    phones.text(OFFICE, "STOP")
    ana.post(f"/conversations/{thread.id}/replies", data={"body": "Call us.", "channel": "sms"})
    mine = [m for m in sent() if m.purpose == Purpose.STAFF_REPLY]
    assert [m.withheld_reason for m in mine] == ["carrier_blocked"]


def test_it_lets_staff_answer_and_write_first(
    ana: FlaskClient, world: World, office: Referrer, clock: Clock
) -> None:
    answer = ana.post(f"/offices/{office.id}/conversation")
    [thread] = threads()
    assert answer.headers["Location"].endswith(f"/inbox/{thread.id}")
    ana.post(
        f"/conversations/{thread.id}/replies", data={"body": "Please call us.", "channel": "sms"}
    )
    [message] = sent()
    assert message.status is MessageStatus.QUEUED
    assert message.phone_number is not None
    assert message.phone_number.e164 == OFFICE
    assert message.patient_id is None


def test_it_makes_a_card_of_an_offices_call(
    ana: FlaskClient, world: World, office: Referrer, clock: Clock
) -> None:
    with transaction():
        call = CallIn(f"CA{7:032x}", BACK_LINE, world.line.number)
        incoming_calls.receive(world.line, call, at=clock.now)
    [thread] = threads()
    assert thread.referrer_id == office.id
    listed = ana.get("/inbox").text
    assert "Riverside" in listed
    assert "Call back" in listed
    assert "Who is this?" not in listed


def test_it_ties_a_text_to_a_referral_of_that_office_and_takes_it_back(
    ana: FlaskClient, world: World, office: Referrer, phones: Phones, clock: Clock
) -> None:
    referral = refer(world, clock, world.sam, office)
    message = phones.text(OFFICE, "He moved in with his son.")
    assert message is not None
    [thread] = [each for each in threads() if each.kind is ConversationKind.REFERRAL]
    here = f"/conversations/{thread.id}/messages/{message.id}/referral"
    assert "Sam Porter" in ana.get(here).text
    ana.post(here, data={"referral_id": str(referral.id)})
    assert "He moved in with his son." in ana.get(f"/referrals/{referral.id}").text
    assert (
        f'About <a id="about-{message.id}" href="/referrals/{referral.id}">'
        in ana.get(f"/inbox/{thread.id}").text
    )
    with transaction(), pytest.raises(Conflict):
        office_threads.tie(db.session.merge(message), db.session.merge(referral),
                           by=world.viewer(world.ana), at=clock.now)  # fmt: skip
    ana.delete(f"{here}?referral_id={referral.id}")
    assert "He moved in with his son." not in ana.get(f"/referrals/{referral.id}").text
    assert ana.post(here, data={"referral_id": str(referral.id)}).status_code in (204, 303)


def test_it_hides_whose_referral_it_is_from_another_team(
    sign_in: SignInAs, world: World, office: Referrer, phones: Phones, clock: Clock
) -> None:
    referral = refer(world, clock, world.sam, office)
    message = phones.text(OFFICE, "Any news?")
    assert message is not None
    [thread] = [each for each in threads() if each.kind is ConversationKind.REFERRAL]
    here = f"/conversations/{thread.id}/messages/{message.id}/referral"
    assert sign_in(world.ana).post(here, data={"referral_id": str(referral.id)}).status_code < 400
    ben = sign_in(world.ben)
    assert "Any news?" in ben.get(f"/inbox/{thread.id}").text
    assert "Sam Porter" not in ben.get(f"/inbox/{thread.id}").text
    assert "Sam Porter" not in ben.get(here).text
    assert ben.post(here, data={"referral_id": str(referral.id)}).status_code == 404


def test_it_refuses_another_offices_referral(
    world: World, office: Referrer, phones: Phones, clock: Clock
) -> None:
    with transaction():
        hill = referrers.find_or_add(world.practice.id, "Hill Clinic", by=SYSTEM, at=clock.now)
    referral = refer(world, clock, world.sam, hill)
    message = phones.text(OFFICE, "Any news?")
    with transaction(), pytest.raises(Conflict):
        office_threads.tie(db.session.merge(message), db.session.merge(referral),
                           by=world.viewer(world.ana), at=clock.now)  # fmt: skip


def test_it_takes_no_number_that_a_patient_or_another_office_has(
    world: World, office: Referrer, clock: Clock
) -> None:
    with transaction():
        hill = referrers.find_or_add(world.practice.id, "Hill Clinic", by=SYSTEM, at=clock.now)
    for number in (world.phone(world.sam), OFFICE):
        with pytest.raises(Invalid, match="there first"), transaction():
            keep(db.session.merge(hill), clock, number)


@pytest.mark.parametrize(
    ("written", "kind"),
    [("(503) 555-0188", ConversationKind.REFERRAL), ("ext. 4", ConversationKind.INTAKE)],
)
def test_it_knows_a_number_however_another_system_wrote_it(
    world: World, phones: Phones, clock: Clock, written: str, kind: ConversationKind
) -> None:
    with transaction():
        referrers.find_or_add(
            world.practice.id, "Riverside", phone=written, by=SYSTEM, at=clock.now
        )
    phones.text(OFFICE, "Any news?")
    assert [each.kind for each in threads()] == [kind]


def test_it_lets_a_number_go_that_is_no_longer_the_offices(
    office: Referrer, phones: Phones, clock: Clock
) -> None:
    with transaction():
        keep(db.session.merge(office), clock, OFFICE)
    clock.advance(seconds=1)
    phones.text(BACK_LINE, "Hello?")
    assert [each.kind for each in threads()] == [ConversationKind.INTAKE]
    assert clock.now - threads()[0].created_at < timedelta(minutes=1)
