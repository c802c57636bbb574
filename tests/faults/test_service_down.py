"""W8: the whole service was down for three hours, and the carrier does not try again. What came in meanwhile
is fetched from its list, once, with the times at which people wrote it, and has its effect."""

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.models.consent import Consent
from app.models.message import Direction, Message
from app.models.task import TaskStatus, TaskType
from app.models.touchpoint import Touchpoint
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.faults.figures import Figure, size
from tests.phones import Phones
from tests.world import World, look_again
from workers import reconciler

COUNT = size(60, 1000)
DOWN = timedelta(hours=3)


def list_now(twilio: Flask) -> int:
    with twilio.app_context():
        return reconciler.take_in_missed()


def heard() -> dict[str | None, Message]:
    look_again()
    rows = db.session.scalars(select(Message).where(Message.direction == Direction.INBOUND))
    return {row.provider_id: row for row in rows}


def test_it_fetches_what_came_in_while_it_was_down(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure
) -> None:
    phones = Phones(world, clock)
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    assert list_now(twilio) == 0  # the last thing it did
    began, step = clock.now, DOWN / COUNT
    came: dict[str, datetime] = {}
    for n in range(COUNT):
        who = (world.sam, world.rosa, world.tom)[n % 3]
        body = {0: "1", COUNT - 1: "STOP"}.get(n, f"text number {n}")
        at = (began + step * (n + 1)).replace(microsecond=0)
        wish = {"body": body, "at": at.isoformat(), "webhook": False}
        sender = world.phone(world.tom if body == "STOP" else who)
        said = stand_in.send_inbound(sender=sender, to=world.line.number, **wish)
        came[said["sid"]] = at

    clock.set(began + DOWN + timedelta(minutes=10))
    taken = list_now(twilio)
    again = list_now(twilio)
    rows = heard()
    lost = [sid for sid in came if sid not in rows]
    wrong_times = sum(rows[sid].created_at != at for sid, at in came.items() if sid in rows)
    counted = select(func.count()).where(
        Touchpoint.source_id.in_([str(r.id) for r in rows.values()])
    )
    doubled = taken + again - COUNT + len(lost)
    figure("W8 down for 3 h", n=COUNT, lost=len(lost), doubled=doubled, wrong_times=wrong_times)
    assert (lost, doubled, wrong_times) == ([], 0, 0)
    assert db.session.scalar(counted) == COUNT
    db.session.refresh(task)
    assert task.status is TaskStatus.COMPLETED
    assert world.number(world.tom).opted_out_at is not None
    assert db.session.scalar(select(Consent.id).where(Consent.wording == "STOP").limit(1))


def test_it_reads_on_where_the_carrier_last_answered(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn
) -> None:
    """The service is up, but the carrier's list is away for half a day."""
    list_now(twilio)
    at = clock.now + timedelta(minutes=5)
    said = stand_in.send_inbound(
        sender=world.phone(world.sam),
        to=world.line.number,
        body="hello",
        at=at.isoformat(),
        webhook=False,
    )
    stand_in.set_fault("error_500_before", target="list", times=None)
    for _ in range(12):
        clock.advance(hours=1)
        assert list_now(twilio) == 0
    stand_in.clear_faults()
    assert list_now(twilio) == 1
    assert set(heard()) == {said["sid"]}
