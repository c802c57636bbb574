"""What a carrier reports about one of our texts, and what follows from it: the state climbs, a failure
becomes somebody's card, a dead number is marked, an opt-out the carrier knows of is written down."""

from datetime import datetime

from sqlalchemy import select, union_all

from app.actions import linked_repeats
from app.actions.handover import handed_over
from app.actions.outbox_cards import hand_to_person
from app.actions.outbox_settle import learn_from_code
from app.core.db import db
from app.models.message import Message, SendAttempt
from messaging.carriers.base import StatusReport
from messaging.delivery import MessageStatus, keep_code

LOST = (MessageStatus.FAILED, MessageStatus.EXPIRED)


def is_anothers(message: Message, provider_id: str) -> bool:
    """Whether the carrier's id belongs to a text, or to a try of a text, other than `message`."""
    texts = select(Message.id).where(
        Message.practice_id == message.practice_id,
        Message.provider_id == provider_id,
        Message.id != message.id,
    )
    tries = select(SendAttempt.id).where(
        SendAttempt.practice_id == message.practice_id,
        SendAttempt.provider_id == provider_id,
        SendAttempt.message_id != message.id,
    )
    return db.session.scalar(union_all(texts, tries).limit(1)) is not None


def apply_report(message: Message, report: StatusReport, *, at: datetime) -> bool:
    """Take a delivery report in; True when it was about this message and moved it.

    Reports come twice, late, out of order, and before the answer to the create call: a text that is
    still *sending*, *in doubt* or back in the queue is settled by one. A key we don't know does not
    hold a report: whatever it says, the state only climbs and a code is never erased.
    """
    db.session.refresh(message, with_for_update={"key_share": True})
    if not _is_about(message, report):
        return False
    before, known_code = message.status, message.error_code
    message.error_code = keep_code(known_code, report.error_code)
    handed_over(message, at=at, provider_id=report.provider_id, status=report.status)
    if not report.is_waiting:
        message.at_carrier_until = None
    if report.error_code is not None and report.error_code != known_code:
        learn_from_code(message, report.error_code, at=at)
    lost = message.status is not before and message.status in LOST
    if lost and linked_repeats.repeat(message, at=at) is None:
        hand_to_person(message, at=at, why=f"carrier_{message.status}")
    return message.status is not before


def _is_about(message: Message, report: StatusReport) -> bool:
    """Whether the report is about the request we know of.

    A text sent a second time has two ids at the carrier; of the other one only the arrival matters.
    """
    if message.is_inbound:
        return False
    if message.provider_id is None:
        return not is_anothers(message, report.provider_id)
    if message.provider_id == report.provider_id:
        return True
    arrived = message.repeatable and report.status is MessageStatus.DELIVERED
    return arrived and not is_anothers(message, report.provider_id)
