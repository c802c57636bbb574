"""What the gate is told about a text: consent, number, patient, caps, the hours there and here."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from app.actions import consents, patients
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.contact_point import ContactPoint
from app.models.event import SYSTEM
from app.models.patient import PatientStatus
from messaging.delivery import MessageStatus
from tests.actions.drafts import MORNING, NIGHT, kinds_of, queue_to
from tests.world import World


def test_it_withholds_a_text_to_a_number_that_opted_out(world: World, clock) -> None:
    assert world.number(world.olga).opted_out_at is not None
    message = queue_to(world.olga, clock.now)
    assert message.status is MessageStatus.WITHHELD
    assert (message.withheld_reason, message.due_at) == ("opted_out", None)
    assert kinds_of(message) == ["message.withheld"]


def test_it_withholds_a_text_to_a_patient_who_is_not_active(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.sam).status = PatientStatus.DECEASED
    assert queue_to(world.sam, clock.now).withheld_reason == "patient_inactive"


def test_it_withholds_a_text_when_there_is_no_number(world: World, clock) -> None:
    with transaction():
        for point in db.session.scalars(
            select(ContactPoint).where(ContactPoint.patient_id == world.sam.id)
        ):
            point.ended_at = clock.now
    message = queue_to(world.sam, clock.now)
    assert (message.withheld_reason, message.phone_number_id) == ("no_number", None)


def test_it_withholds_a_text_of_a_real_practice_on_the_sandbox(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.practice).is_invented = False
    assert queue_to(world.sam, clock.now).withheld_reason == "carrier_not_real"


def test_it_holds_a_text_of_the_night_until_the_patients_morning(world: World, clock) -> None:
    message = queue_to(world.sam, clock.set(NIGHT))
    assert message.status is MessageStatus.QUEUED
    assert message.due_at == MORNING
    assert message.verdict is not None
    assert message.verdict["reason"] == "quiet_hours"


def test_it_judges_the_night_where_the_patient_lives_not_where_the_practice_is(
    world: World, clock
) -> None:
    with transaction():
        db.session.merge(world.sam).postal_code = "96813"  # Honolulu: 19:30 there
    assert queue_to(world.sam, clock.set(NIGHT)).due_at == NIGHT


def test_it_uses_every_zone_it_may_be_when_nothing_is_known(world: World, clock) -> None:
    noon_in_new_york = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)  # 07:00 in Honolulu
    with transaction():
        sam, number = db.session.merge(world.sam), world.number(world.sam)
        sam.postal_code, number.e164 = None, "+18005550142"
    assert queue_to(world.sam, clock.set(noon_in_new_york)).due_at == noon_in_new_york.replace(
        hour=18
    )


def test_it_lets_a_solicited_text_leave_at_night(world: World, clock) -> None:
    assert queue_to(world.sam, clock.set(NIGHT), solicited=True).due_at == NIGHT


def test_it_holds_the_second_automated_text_of_a_day(world: World, clock) -> None:
    first = queue_to(world.sam, clock.now, send_key="a")
    with transaction():
        sent = db.session.merge(first)
        sent.move(MessageStatus.SENDING, at=clock.now)
        sent.move(MessageStatus.SENT, at=clock.now)
    later = clock.advance(hours=2)
    second = queue_to(world.sam, later, send_key="b")
    assert second.verdict is not None
    assert second.verdict["reason"] == "frequency_cap"
    assert second.due_at == later + timedelta(hours=22)
    staff = queue_to(world.sam, later, send_key="c", is_automated=False, purpose="staff_reply")
    assert staff.due_at == later


def test_it_waits_for_the_practices_hours_with_automated_texts_only(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.practice).hours = {
            str(day): [["10:00", "16:00"]] for day in range(5)
        }
    opens = clock.now + timedelta(hours=1)
    assert queue_to(world.sam, clock.now, send_key="a").due_at == opens
    assert queue_to(world.sam, clock.now, send_key="b", is_automated=False).due_at == clock.now


def test_it_does_not_send_automated_texts_on_a_closed_day(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.practice).closed_on = ["2026-03-03"]
    message = queue_to(world.sam, clock.now)
    assert message.due_at == MORNING  # not at midnight either: quiet hours hold as well


def test_it_waits_until_send_after(world: World, clock) -> None:
    later = clock.now + timedelta(hours=3)
    assert queue_to(world.sam, clock.now, send_after=later).due_at == later


def test_it_withholds_what_would_arrive_after_its_use(world: World, clock) -> None:
    soon = NIGHT + timedelta(hours=1)
    assert queue_to(world.sam, clock.set(NIGHT), not_after=soon).withheld_reason == "expired"


def wish(world: World, part_of_day: str) -> None:
    with transaction():
        db.session.merge(world.sam).preferences = {"best_time": part_of_day}


def test_it_waits_for_the_part_of_the_day_the_patient_chose(world: World, clock) -> None:
    wish(world, "evening")
    message = queue_to(world.sam, clock.now)
    assert message.verdict is not None
    assert message.verdict["reason"] == "preferred_time"
    assert message.due_at == datetime(2026, 3, 4, 1, 0, tzinfo=UTC)  # 17:00 there, the same day
    staff = queue_to(world.sam, clock.now, send_key="a person", is_automated=False)
    assert staff.due_at == clock.now


def test_it_does_not_wait_for_a_wish_past_the_texts_use(world: World, clock) -> None:
    wish(world, "evening")
    soon = clock.now + timedelta(hours=3)
    assert queue_to(world.sam, clock.now, not_after=soon).due_at == clock.now


SAID = consents.Said(how=ConsentHow.PHONE, wording="May we text you?")


def test_it_needs_a_yes_for_the_very_number_that_others_use_too(world: World, clock) -> None:
    with transaction():
        ned = patients.create(
            db.session.merge(world.practice), mrn="H-9", given_name="Ned", family_name="Tran",
            birth_date=date(1990, 1, 1), phone="+15035550103", postal_code="97205", by=SYSTEM,
            at=clock.now,
        )  # fmt: skip
        consents.give(ned, None, SAID, by=SYSTEM, at=clock.advance(hours=1))
    assert queue_to(ned, clock.now).withheld_reason == "number_shared_unconfirmed"
    with transaction():
        number = db.session.merge(world.number(ned))
        consents.give(db.session.merge(ned), number, SAID, by=SYSTEM, at=clock.advance(hours=1))
    assert queue_to(ned, clock.now, send_key="confirmed").withheld_reason is None


def test_it_keeps_what_was_said_of_a_shared_number_over_a_later_yes_for_any(
    world: World, clock
) -> None:
    assert world.number(world.kim).id == world.number(world.lee).id
    with transaction():
        number = db.session.merge(world.number(world.lee))
        lee, kim = db.session.merge(world.lee), db.session.merge(world.kim)
        consents.withdraw(lee, number, SAID, by=SYSTEM, at=clock.advance(hours=1))
        for each in (kim, lee):  # a yes at the desk, newer than the word about this number
            consents.give(each, None, SAID, by=SYSTEM, at=clock.advance(hours=1))
    assert queue_to(world.kim, clock.now).withheld_reason is None
    refused = queue_to(world.lee, clock.now, send_key="lee")
    assert refused.withheld_reason == "no_consent"
    with transaction():
        lee, number = db.session.merge(world.lee), db.session.merge(world.number(world.lee))
        consents.give(lee, number, SAID, by=SYSTEM, at=clock.advance(hours=1))
    assert queue_to(world.lee, clock.now, send_key="asked").withheld_reason is None


def test_it_lets_a_later_yes_count_on_a_number_of_ones_own(world: World, clock) -> None:
    with transaction():
        sam, number = db.session.merge(world.sam), db.session.merge(world.number(world.sam))
        consents.withdraw(sam, number, SAID, by=SYSTEM, at=clock.advance(hours=1))
        consents.give(sam, None, SAID, by=SYSTEM, at=clock.advance(hours=1))
    assert queue_to(world.sam, clock.now).withheld_reason is None


def test_it_lets_no_other_system_text_while_a_person_has_something_to_read(
    world: World, clock
) -> None:
    with transaction():
        consents.pause(db.session.merge(world.sam), by=SYSTEM, at=clock.now)
    machine = queue_to(world.sam, clock.now, is_automated=False)
    assert machine.withheld_reason == "automation_paused"
    person = queue_to(
        world.sam, clock.now, send_key="a", is_automated=False, author_id=world.ana.id
    )
    assert person.due_at == clock.now
