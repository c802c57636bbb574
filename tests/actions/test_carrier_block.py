"""A carrier's block is a line's: it ends when the person texts START to it, by nothing staff write down."""

from datetime import timedelta

from sqlalchemy import select

from app.actions import consents, inbound
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.practice import Line
from app.models.task import Task, TaskStatus, TaskType
from app.queries.carrier_blocks import lines_blocked
from messaging.carriers.base import Incoming, RecipientOptedOut
from tests.actions.claims import claim, settle, start
from tests.actions.drafts import fresh, queue_to
from tests.phones import Phones, new_sid
from tests.world import World


def text(world: World, body: str, at, opt_out: str = "", line: Line | None = None) -> None:
    line = line or world.line
    incoming = Incoming(
        sender=world.phone(world.sam), recipient=line.number, body=body,
        provider_id=new_sid(), account_sid="", opt_out=opt_out,
    )  # fmt: skip
    with transaction():
        assert inbound.receive(line, incoming, at=at) is not None


def number_of(world: World) -> PhoneNumber:
    db.session.expire_all()
    return db.session.get_one(PhoneNumber, (world.practice.id, world.number(world.sam).id))


def test_start_lifts_a_block_the_carrier_told_us_of(world: World, clock) -> None:
    with transaction():
        said = consents.Said(how=ConsentHow.CARRIER, wording="carrier code 21610")
        consents.withdraw(None, number_of(world), said, by=SYSTEM, at=clock.now)
    assert number_of(world).carrier_blocked_at is not None
    text(world, "START", clock.now)
    assert number_of(world).opted_out_at is None
    assert number_of(world).carrier_blocked_at is None


def test_a_stop_the_carrier_acts_on_is_a_block(world: World, clock) -> None:
    text(world, "STOP", clock.now)
    assert number_of(world).opted_out_at is not None
    assert number_of(world).carrier_blocked_at is not None


def test_what_staff_record_does_not_lift_the_carriers_block(world: World, clock) -> None:
    text(world, "STOP", clock.now)
    with transaction():
        said = consents.Said(how=ConsentHow.DESK, wording="I agree to texts.")
        consents.give(world.sam, number_of(world), said, by=SYSTEM, at=clock.now)
    assert queue_to(world.sam, clock.now).withheld_reason == "carrier_blocked"
    text(world, "START", clock.now)
    assert queue_to(world.sam, clock.now, send_key="again").withheld_reason is None


def test_a_spanish_word_is_ours_and_blocks_nothing_at_the_carrier(world: World, clock) -> None:
    text(world, "PARAR", clock.now)
    assert number_of(world).opted_out_at is not None
    assert number_of(world).carrier_blocked_at is None
    confirmation = confirmations(world)[-1]
    assert confirmation.not_after == clock.now + timedelta(minutes=5)


def test_the_carriers_own_word_counts_and_is_not_answered_twice(world: World, clock) -> None:
    text(world, "NOMORE", clock.now, opt_out="STOP")
    assert number_of(world).opted_out_at is not None
    assert number_of(world).carrier_blocked_at is not None
    assert confirmations(world) == []
    text(world, "BACKAGAIN", clock.now, opt_out="START")
    assert number_of(world).opted_out_at is None
    assert number_of(world).carrier_blocked_at is None


def test_a_yes_that_the_carrier_takes_for_start_answers_and_undoes_nothing(
    world: World, phones: Phones
) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    text(world, "Yes", phones.clock.now, opt_out="START")
    db.session.expire_all()
    done = db.session.get_one(Task, (world.practice.id, task.id), populate_existing=True)
    assert done.status is TaskStatus.COMPLETED
    text(world, "STOP", phones.clock.now)
    text(world, "YES", phones.clock.now, opt_out="START")
    assert number_of(world).opted_out_at is not None


def second_line(world: World, at) -> Line:
    with transaction() as session:
        line = Line(practice_id=world.practice.id, number="+15035550111", created_at=at,
                    segments_per_second=1000.0)  # fmt: skip
        session.add(line)
    return line


def test_a_start_to_one_line_lifts_nothing_of_another(world: World, clock) -> None:
    text(world, "STOP", clock.now)
    other = second_line(world, clock.now)
    clock.advance(minutes=1)
    text(world, "START", clock.now, line=other)
    clock.advance(minutes=1)
    by_first = queue_to(world.sam, clock.now, line=world.line)
    assert by_first.withheld_reason == "carrier_blocked"
    by_other = queue_to(world.sam, clock.now, send_key="other", line=other)
    assert by_other.withheld_reason is None
    assert lines_blocked(world.practice.id, [number_of(world).id]) == {
        number_of(world).id: [world.line.number]
    }
    text(world, "START", clock.now)
    assert number_of(world).carrier_blocked_at is None


def test_a_refusal_after_our_own_opt_out_is_a_block_too(world: World, clock) -> None:
    """Somebody said no at the desk and STOP to a line whose texts we never saw."""
    message = queue_to(world.sam, clock.now)
    (claimed,) = claim(world, clock.now)
    assert start(claimed, clock.now)
    with transaction():
        said = consents.Said(how=ConsentHow.PHONE, wording="No more texts")
        consents.withdraw(None, number_of(world), said, by=SYSTEM, at=clock.now)
    settle(claimed, RecipientOptedOut(code=21610, permanent=True), clock.now)
    assert fresh(message).error_code == 21610
    with transaction():
        said = consents.Said(how=ConsentHow.DESK, wording="I agree to texts.")
        consents.give(world.sam, number_of(world), said, by=SYSTEM, at=clock.now)
    again = queue_to(world.sam, clock.now, send_key="again")
    assert again.withheld_reason == "carrier_blocked"


def confirmations(world: World) -> list[Message]:
    rows = select(Message).where(
        Message.practice_id == world.practice.id, Message.confirms_opt_out.is_(True)
    )
    return list(db.session.scalars(rows))
