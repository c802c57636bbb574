"""The moment before requests leave: an attempt is written for each, with a look at its lease, its epoch and
what changed since the claim. A claim whose epoch is not the row's any more says nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.actions import verdicts
from app.actions.outbox import Claim, requeue
from app.actions.outbox_cards import withhold
from app.actions.send_facts_together import read_together
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.message import Message, SendAttempt
from app.models.message_verdict import Asked
from messaging.delivery import MessageStatus

#: The carrier client's time-outs (3 s, 10 s) and a margin: with less lease than this nothing leaves.
LEAST_LEASE = timedelta(seconds=20)


def start_attempts(claims: Sequence[Claim], *, at: datetime) -> list[Claim]:
    """Note, just before the first byte, that these requests leave; returns those that may still.

    All of one practice. The lease must outlast the carrier's time-outs, and a STOP since the claim is heard.
    """
    practice_id = claims[0].practice_id
    _take_turns(claims)
    mine = find_mine(claims)
    together = read_together(practice_id, list(mine.values()), at=at, for_gate=False)
    leaving = []
    for claim in claims:
        message = mine.get(claim.message_id)
        if message is None or not _has_lease(message, at=at):
            continue
        if not together.still_wanted(message, at=at):
            judged = verdicts.ask(message, at=at)
            verdicts.keep(message, judged, asked=Asked.LEAVING, at=at)
            withhold(message, judged.verdict, at=at)
            continue
        message.attempts += 1
        db.session.add(
            SendAttempt(
                practice_id=practice_id, message_id=message.id, epoch=claim.epoch, started_at=at
            )
        )
        leaving.append(claim)
    return leaving


def find_mine(claims: Sequence[Claim]) -> dict[UUID, Message]:
    """The claimed messages, locked, of those claims after which nobody claimed anew."""
    if not claims:
        return {}
    mine = [
        and_(
            Message.id == claim.message_id,
            Message.claim_epoch == claim.epoch,
        )
        for claim in claims
    ]
    rows = db.session.scalars(
        select(Message)
        .where(Message.practice_id == claims[0].practice_id, or_(*mine))
        .order_by(Message.id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    )
    return {message.id: message for message in rows}


def _has_lease(message: Message, *, at: datetime) -> bool:
    """Whether there is time enough for a request; if not, it is for another claim."""
    if message.status is not MessageStatus.SENDING or not message.lease_until:
        return False
    if message.lease_until - at < LEAST_LEASE:
        requeue(message, at=at, due_at=at)
        return False
    return True


def _take_turns(claims: Sequence[Claim]) -> None:
    """The numbers before the messages, as for texts that come in: so that they never wait for each other."""
    numbers = [claim.outgoing.recipient for claim in claims]
    db.session.scalars(
        select(PhoneNumber.id)
        .where(PhoneNumber.practice_id == claims[0].practice_id, PhoneNumber.e164.in_(numbers))
        .order_by(PhoneNumber.id)
        .with_for_update(read=True)
    ).all()
