"""The outbox's steps as tests take them: each in a transaction of its own."""

from app.actions import consents, outbox, outbox_attempt, outbox_settle
from app.actions.outbox import Claim
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.event import SYSTEM
from app.models.message import Message
from tests.actions.drafts import fresh
from tests.world import World

SID = "SM" + "a" * 32


def claim(world: World, at, limit: int = 20) -> list[Claim]:
    with transaction():
        return outbox.claim_due(world.practice.id, at=at, limit=limit)[0]


def start(claimed: Claim, at) -> bool:
    with transaction():
        return bool(outbox_attempt.start_attempts([claimed], at=at))


def settle(claimed: Claim, outcome, at) -> None:
    with transaction():
        outbox_settle.settle_all([(claimed, outcome)], at=at)


def leave(world: World, message: Message, outcome, at) -> Message:
    """Claim, attempt and settle one message."""
    (claimed,) = claim(world, at)
    assert start(claimed, at)
    settle(claimed, outcome, at)
    return fresh(message)


def stop(world: World, patient, at) -> None:
    with transaction():
        said = consents.Said(how=ConsentHow.TEXT, wording="STOP")
        consents.withdraw(None, db.session.merge(world.number(patient)), said, by=SYSTEM, at=at)
