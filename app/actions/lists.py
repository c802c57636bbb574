"""Sending to a list: started once, stopped at once, taken up again by a new decision. What is written and
taken back in batches afterwards lives in `list_writing`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from app.actions import list_writing
from app.actions.list_plan import MOST_PEOPLE, Plan
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.models.event import Actor, record
from app.models.list_send import ListRecipient, ListSend, ListStatus
from app.models.message import Message
from app.models.practice import Practice
from messaging.delivery import MessageStatus

#: The same words to the same people are not meant a second time so soon.
SAME_LIST = timedelta(hours=24)
#: Taken back in the very transaction of the stop; a longer list's rest follows in the sweep, and none of
#: it can leave any more.
AT_ONCE = 200
_LEFT = (
    MessageStatus.SENDING,
    MessageStatus.IN_DOUBT,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.FAILED,
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """How many had left (or are just leaving), and how many were stopped."""

    left: int
    stopped: int


def start(
    practice: Practice,
    plan: Plan,
    patient_ids: Sequence[UUID],
    *,
    audience: dict[str, Any],
    key: str,
    by: Actor,
    at: datetime,
) -> tuple[ListSend, bool]:
    """Send to these people: one list however often it is pressed, and by whomever.

    Returns the list and whether it is new. Raises Invalid for words, times or people that can't be used.
    """
    plan.check(practice, at=at)
    if not patient_ids:
        raise Invalid("Nobody is on this list.", field="audience")
    if len(patient_ids) > MOST_PEOPLE:
        raise Invalid(f"A list has at most {MOST_PEOPLE:,} people. Narrow it.", field="audience")
    _wait_for_turn(practice)
    digest = plan.digest(patient_ids)
    before = _before(practice, key, digest, at=at)
    if before is not None:
        return before, False
    row = _row(plan, practice_id=practice.id, key=key, digest=digest, audience=audience,
               total=len(patient_ids), by_id=by.id if by.kind == "user" else None,
               created_at=at, due_at=at)  # fmt: skip
    db.session.add(row)
    db.session.flush()
    _add_people(row, patient_ids)
    record(row, "list.started", by=by, at=at, people=len(patient_ids))
    return row, True


def stop(row: ListSend, *, by: Actor, at: datetime) -> Stopped | None:
    """From now on nothing of the list leaves; what still waits is taken back. None: it was stopped before.

    Texts that are just leaving are left alone and count as left.
    """
    if row.is_stopped:
        return None
    row.status, row.stopped_at, row.due_at = ListStatus.STOPPED, at, at
    row.stopped_by_id = by.id if by.kind == "user" else None
    db.session.flush()
    said = _counted(row)
    list_writing.take_back(row, limit=AT_ONCE, at=at)
    record(row, "list.stopped", by=by, at=at, left=said.left, stopped=said.stopped)
    return said


def resume(row: ListSend, *, by: Actor, at: datetime) -> None:
    """Send the rest after all. Raises Conflict when it was not stopped, or its words lost their use."""
    if not row.is_stopped:
        raise Conflict("This list is not stopped.")
    if row.is_over(at):
        raise Conflict("The time in which these words were of use is over. Write a new list.")
    row.status, row.due_at = ListStatus.SENDING, at
    row.stopped_at = row.stopped_by_id = None
    record(row, "list.resumed", by=by, at=at)


def _row(plan: Plan, **more: Any) -> ListSend:
    return ListSend(
        words=dict(plan.words),
        others_get_english=plan.others_get_english,
        purpose=plan.purpose.value,
        send_after=plan.send_after,
        not_after=plan.not_after,
        per_minute=plan.per_minute,
        **more,
    )


def _wait_for_turn(practice: Practice) -> None:
    """One list of a practice is started at a time: two people pressing at once are seen by each other."""
    mine = select(Practice.id).where(Practice.id == practice.id)
    db.session.execute(mine.with_for_update(key_share=True))


def _before(practice: Practice, key: str, digest: str, *, at: datetime) -> ListSend | None:
    """The list this one would repeat."""
    mine = select(ListSend).where(ListSend.practice_id == practice.id)
    same = db.session.scalars(mine.where(ListSend.key == key)).one_or_none()
    if same is not None:
        return same
    twins = mine.where(ListSend.digest == digest, ListSend.created_at > at - SAME_LIST)
    return db.session.scalars(twins.order_by(ListSend.created_at.desc()).limit(1)).first()


def _add_people(row: ListSend, patient_ids: Sequence[UUID]) -> None:
    rows = [
        {
            "practice_id": row.practice_id,
            "id": new_id(),
            "list_id": row.id,
            "patient_id": patient_id,
            "position": position,
        }
        for position, patient_id in enumerate(patient_ids, 1)
    ]
    db.session.execute(insert(ListRecipient), rows)


def _counted(row: ListSend) -> Stopped:
    """What left and what still would have, be it written, not yet written, or about to be put back."""
    put_back = ListRecipient.stopped_at.is_not(None)
    counts = db.session.execute(
        select(Message.status, put_back, func.count())
        .select_from(ListRecipient)
        .outerjoin(Message, list_writing.same_message())
        .where(
            ListRecipient.practice_id == row.practice_id,
            ListRecipient.list_id == row.id,
            ListRecipient.problem.is_(None),
        )
        .group_by(Message.status, put_back)
    ).all()
    waits = (None, MessageStatus.QUEUED)
    stopped = sum(n for status, again, n in counts if again or status in waits)
    left = sum(n for status, again, n in counts if not again and status in _LEFT)
    return Stopped(left, stopped)
