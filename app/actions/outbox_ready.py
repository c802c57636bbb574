"""Asking the gate about the texts of a claim: what it withholds, lets wait or finds expired is recorded, what
stays inside the house is delivered, and the rest is ready to be leased for its carrier."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from app.actions import line_pace, list_pace, verdicts
from app.actions.carrier_queue import CarrierQueue
from app.actions.carriers import carrier_for, outgoing_of
from app.actions.handover import arrived
from app.actions.outbox_cards import hold_back, withhold
from app.actions.send_facts_together import Together, read_together
from app.core.db import db
from app.core.errors import ConfigError
from app.core.log import logger
from app.models.contact_point import PhoneNumber
from app.models.message import Channel, Message
from app.models.message_verdict import Asked
from app.models.practice import Line
from messaging.carriers.base import Carrier, Outgoing
from messaging.gate import Decision

log = logger("outbox")
SET_UP_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ready:
    """A text the gate lets go, with the moment its line and its list give to it."""

    message: Message
    judged: verdicts.Judged
    line: Line
    outgoing: Outgoing
    carrier: Carrier
    moment: datetime
    #: Whether its number is locked with it, so that nothing is said about it until the commit.
    holds_number: bool


def prepare(
    practice_id: UUID,
    messages: Sequence[Message],
    there: CarrierQueue,
    lines: Sequence[Line],
    *,
    at: datetime,
) -> list[Ready]:
    """Ask the gate about each; those that may go to a carrier now.

    One text for each person and number: the next round asks about another one with the first counted.
    """
    held = _hold_numbers(practice_id, messages)
    together = read_together(practice_id, messages, at=at, lines=lines, numbers=held)
    ready: list[Ready] = []
    taken: set[tuple[UUID | None, UUID | None]] = set()
    for message in messages:
        ways = {
            (message.line_id, message.phone_number_id),
            (message.patient_id, message.patient_id),
        }
        ways.discard((None, None))
        if message.channel is Channel.SMS and not taken.isdisjoint(ways):
            continue
        each = _prepare(message, together, there, held, at=at)
        if each is not None:
            ready.append(each)
            taken |= ways
    return ready


_HOLD = (
    select(PhoneNumber)
    .where(
        PhoneNumber.practice_id == bindparam("practice_id"),
        PhoneNumber.id.in_(bindparam("ids", expanding=True)),
    )
    .with_for_update(read=True, skip_locked=True)
    .execution_options(populate_existing=True)
)


def _hold_numbers(practice_id: UUID, messages: Sequence[Message]) -> dict[UUID, PhoneNumber]:
    """Those of their numbers that nobody else has locked, locked. A STOP that is just being written has its
    number and will want these messages: it is not waited for, and heard before the request leaves."""
    ids = {message.phone_number_id for message in messages if message.phone_number_id}
    found = db.session.scalars(_HOLD, {"practice_id": practice_id, "ids": list(ids)})
    return {number.id: number for number in found}


def _prepare(
    message: Message,
    together: Together,
    there: CarrierQueue,
    held: Collection[UUID],
    *,
    at: datetime,
) -> Ready | None:
    """Ask the gate and take a slot; None when it does not go to a carrier now."""
    turn = list_pace.turn_of(message, at=at)
    if turn is None:
        return None
    judged = verdicts.judged(together.known(message, at=at), at=at)
    if not judged.verdict.allowed:
        _stays(message, judged, at=at)
        return None
    if message.channel is Channel.PORTAL:
        verdicts.keep(message, judged, asked=Asked.CLAIMED, at=at)
        arrived(message, at=at)
        return None
    try:
        carrier, outgoing = carrier_for(together.practice), outgoing_of(message, at=at)
    except ConfigError:
        log.exception("a line can't send", practice=together.practice.slug)
        hold_back(message, judged.verdict, before=None, at=at, until=at + SET_UP_PAUSE)
        return None
    line = db.session.get_one(Line, (message.practice_id, message.line_id))
    slot = line_pace.take_slot(line, message.segments or 1, there, at=at)
    if slot is None:
        return None
    list_pace.took_turn(message, moment := max(slot, turn))
    holds_number = message.phone_number_id in held
    return Ready(message, judged, line, outgoing, carrier, moment, holds_number)


def _stays(message: Message, judged: verdicts.Judged, *, at: datetime) -> None:
    """The gate withholds it, or lets it wait."""
    verdict, before = judged.verdict, (message.verdict or {}).get("reason")
    verdicts.keep(message, judged, asked=Asked.CLAIMED, at=at)
    if verdict.decision is Decision.WITHHELD:
        withhold(message, verdict, at=at)
    else:
        hold_back(message, verdict, before=before, at=at, until=verdict.until or at + SET_UP_PAUSE)
