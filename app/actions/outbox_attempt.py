"""The moment before requests leave: an attempt is written for each, with a look at its lease, its epoch and
what changed since the claim. A claim whose epoch is not the row's any more says nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import and_, or_, select, update

from app.actions import verdicts
from app.actions.outbox import Claim, requeue
from app.actions.outbox_cards import withhold
from app.actions.send_facts_together import read_together
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.message import Message, SendAttempt
from app.models.message_verdict import Asked
from messaging.delivery import MessageStatus

#: A claim takes longer than this (s): a text whose moment comes so soon leaves when it is committed.
AT_ONCE = 0.001
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
        db.session.add(_attempt(claim, at=at))
        leaving.append(claim)
    return leaving


def start_claimed(claims: Sequence[Claim], *, at: datetime, limit: int) -> list[Claim]:
    """The same for the first texts of a claim, in its own transaction: what it asked the gate still holds,
    as the rows of texts and numbers are locked. Returns those that leave with the claim's commit."""
    ready = (each for each in claims if each.holds_number and each.wait_seconds <= AT_ONCE)
    leaving = list(islice(ready, max(limit, 0)))
    if not leaving:
        return []
    practice_id = leaving[0].practice_id
    db.session.add_all(_attempt(claim, at=at) for claim in leaving)
    db.session.execute(
        update(Message)
        .where(
            Message.practice_id == practice_id,
            Message.id.in_([claim.message_id for claim in leaving]),
        )
        .values(attempts=Message.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return leaving


def _attempt(claim: Claim, *, at: datetime) -> SendAttempt:
    return SendAttempt(
        practice_id=claim.practice_id, message_id=claim.message_id, epoch=claim.epoch, started_at=at
    )


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
