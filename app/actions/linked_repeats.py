"""A text that reached no phone (it was off, or the carrier's queue was full) is written anew, hours later and
twice at most: a new message with its own id at the carrier, linked by its key to the first one."""

from datetime import datetime

from app.actions import messages
from app.core.db import db
from app.models.event import SYSTEM, record
from app.models.message import Message
from app.models.task import Task
from messaging.delivery import MessageStatus
from messaging.delivery_errors import policy_for
from messaging.lanes import Lane
from messaging.repeats import PAUSES, next_key, repeats_before


def repeat(message: Message, *, at: datetime) -> Message | None:
    """The repeat that now waits to leave; None when a person has to see to it instead."""
    before = repeats_before(message.send_key)
    allowed = min(policy_for(message.error_code).linked_repeats, len(PAUSES))
    if not message.repeatable or before >= allowed or not _is_wanted(message):
        return None
    leaves = at + PAUSES[before]
    if message.not_after is not None and leaves >= message.not_after:
        return None
    again = messages.queue(_draft(message, leaves), by=SYSTEM, at=at)
    if again.status is not MessageStatus.QUEUED:
        return None
    record(message, "message.written_again", by=SYSTEM, at=at, message_id=str(again.id),
           code=message.error_code)  # fmt: skip
    return again


def _is_wanted(message: Message) -> bool:
    """A question is asked again only while its task is open and the question unanswered.

    A text to a list is not: its list says who did not get it, and whoever stopped it means all of it.
    """
    if message.answered_at is not None or message.lane == Lane.LIST:
        return False
    if message.task_id is None:
        return True
    return db.session.get_one(Task, (message.practice_id, message.task_id)).is_open


def _draft(message: Message, leaves: datetime) -> messages.Draft:
    return messages.Draft(
        practice_id=message.practice_id,
        patient=message.patient,
        phone_number=message.phone_number if message.related_person_id else None,
        line=message.line,
        body=message.body,
        language=message.language,
        wanted_language=message.wanted_language,
        purpose=message.purpose,
        send_key=next_key(message.send_key),
        template_key=message.template_key,
        template_version=message.template_version,
        author_id=message.author_id,
        is_automated=message.is_automated,
        repeatable=True,
        send_after=leaves,
        not_after=message.not_after,
        task_id=message.task_id,
        asked=message.asked,
        retry_of_id=message.id,
        related_person_id=message.related_person_id,
    )
