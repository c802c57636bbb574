"""Texts sent to lists: the history, one list's progress counted from its messages, and the people behind each
number. Leads and admins see them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, and_, case, cast, false, func, or_, select
from sqlalchemy.orm import joinedload

from app.access import seen, visible_patients
from app.core.db import db
from app.core.errors import NotFound
from app.models.event import Event
from app.models.list_send import ListRecipient, ListSend
from app.models.message import Message
from app.models.patient import Patient
from app.models.user import User
from app.models.viewer import Viewer
from app.queries.patient_search import BY_NAME
from messaging.delivery import MessageStatus

MOST = 50
PAGE = 100
UNWRITTEN = "unwritten"
#: Where a person's text stands, for the reader: several states of a message read the same.
STATES = {
    MessageStatus.QUEUED: "waiting",
    MessageStatus.SENDING: "leaving",
    MessageStatus.IN_DOUBT: "in_doubt",
    MessageStatus.SENT: "sent",
    MessageStatus.DELIVERED: "delivered",
    MessageStatus.FAILED: "failed",
    MessageStatus.WITHHELD: "withheld",
    MessageStatus.EXPIRED: "withheld",
    MessageStatus.CANCELLED: "stopped",
}
#: These have a reason worth telling apart.
WITH_REASON = ("waiting", "withheld")
#: The carrier has them, or may have.
LEFT = ("leaving", "sent", "delivered", "failed", "in_doubt")


@dataclass(frozen=True, slots=True)
class Bucket:
    """People whose text stands the same; `first` and `last`: until when they wait."""

    state: str
    reason: str
    count: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    row: ListSend
    buckets: Sequence[Bucket]
    decisions: Sequence[Event]
    names: dict[UUID, str]

    def count(self, *states: str) -> int:
        return sum(bucket.count for bucket in self.buckets if bucket.state in states)

    @property
    def left(self) -> int:
        return self.count(*LEFT)

    @property
    def to_come(self) -> int:
        """Still to be written, or waiting to leave."""
        return self.count(UNWRITTEN, "waiting", "leaving")

    @property
    def is_busy(self) -> bool:
        return not self.row.is_stopped and self.to_come > 0


@dataclass(frozen=True, slots=True)
class Reached:
    """One person of a list, and what became of their text."""

    patient: Patient
    message_id: UUID | None
    due_at: datetime | None
    at: datetime | None


def visible_lists(viewer: Viewer) -> Select[ListSend]:
    mine = ListSend.practice_id == viewer.practice_id
    return select(ListSend).where(mine if viewer.sees_practice else false())


def list_for(viewer: Viewer, list_id: UUID, *, lock: bool = False) -> ListSend:
    """Raises NotFound. With `lock` nobody else decides about it meanwhile."""
    rows = visible_lists(viewer).where(ListSend.id == list_id)
    found = db.session.scalars(rows.with_for_update() if lock else rows).one_or_none()
    if found is None:
        raise NotFound
    return found


def history(viewer: Viewer) -> list[tuple[ListSend, Counter[str]]]:
    """The newest lists with how many people stand where. Two statements."""
    rows = (
        visible_lists(viewer)
        .options(joinedload(ListSend.by))
        .order_by(ListSend.created_at.desc(), ListSend.id.desc())
    )
    found = list(db.session.scalars(rows.limit(MOST)))
    counts: dict[UUID, Counter[str]] = {row.id: Counter() for row in found}
    told = _told(viewer, [row.id for row in found]).with_only_columns(
        ListRecipient.list_id, _state().label("state")
    )
    each = told.subquery()
    grouped = select(each.c.list_id, each.c.state, func.count()).group_by(
        each.c.list_id, each.c.state
    )
    for list_id, state, n in db.session.execute(grouped):
        counts[list_id][state] += n
    return [(row, counts[row.id]) for row in found]


def progress(viewer: Viewer, list_id: UUID) -> Progress:
    """Where everybody's text stands, counted now. Four statements. Raises NotFound."""
    row = list_for(viewer, list_id)
    each = (
        _told(viewer, [row.id])
        .with_only_columns(
            _state().label("state"), _reason().label("reason"), Message.due_at.label("due_at")
        )
        .subquery()
    )
    due = each.c.due_at
    rows = db.session.execute(
        select(each.c.state, each.c.reason, func.count(), func.min(due), func.max(due)).group_by(
            each.c.state, each.c.reason
        )
    )
    buckets = [Bucket(*found) for found in rows]
    decisions = db.session.scalars(
        select(Event)
        .where(
            Event.practice_id == viewer.practice_id,
            Event.subject_type == ListSend.__tablename__,
            Event.subject_id == row.id,
        )
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(MOST)
    ).all()
    buckets.sort(key=lambda each: (-each.count, each.reason))
    return Progress(row, buckets, decisions, _names(viewer, decisions))


def people_of(
    viewer: Viewer, row: ListSend, state: str, reason: str, *, page: int = 1
) -> tuple[list[Reached], bool]:
    """The people behind one number, by name, and whether there are more. One statement; none for no state."""
    if not state:
        return [], False
    size = PAGE * min(max(page, 1), 100)
    wanted = _told(viewer, [row.id]).where(_state() == state)
    if reason:
        wanted = wanted.where(_reason() == reason)
    at = func.coalesce(Message.delivered_at, Message.sent_at, Message.status_at)
    rows = db.session.execute(
        wanted.with_only_columns(
            Patient, Message.id, Message.due_at, at, maintain_column_froms=True
        )
        .order_by(*BY_NAME)
        .limit(size + 1)
    ).all()
    found = [Reached(*each) for each in rows]
    seen(viewer, [each.patient.id for each in found[:size]], through="list")
    return found[:size], len(found) > size


def _told(viewer: Viewer, list_ids: Sequence[UUID]) -> Select[Any]:
    """The people of these lists with their messages, of the patients the viewer sees."""
    return (
        visible_patients(viewer)
        .join(
            ListRecipient,
            and_(
                ListRecipient.practice_id == Patient.practice_id,
                ListRecipient.patient_id == Patient.id,
            ),
        )
        .outerjoin(
            Message,
            and_(
                Message.practice_id == ListRecipient.practice_id,
                Message.id == ListRecipient.message_id,
            ),
        )
        .where(ListRecipient.list_id.in_(list_ids))
    )


def _state() -> Any:
    """The state as a column; a person without a message has a problem, or their turn is still to come."""
    refused = ListRecipient.problem.is_not(None)
    words = [(Message.status == status, state) for status, state in STATES.items()]
    return case((refused, "withheld"), *words, else_=UNWRITTEN)


def _reason() -> Any:
    """Why it waits or was withheld; "" for everything else."""
    said = Message.verdict["reason"].as_string()
    tells = or_(*(Message.status == s for s, state in STATES.items() if state in WITH_REASON))
    return case(
        (ListRecipient.problem.is_not(None), cast(ListRecipient.problem, Text)),
        (Message.status == MessageStatus.EXPIRED, "expired"),
        (tells, said),
        else_="",
    )


def _names(viewer: Viewer, events: Sequence[Event]) -> dict[UUID, str]:
    ids = {event.actor_id for event in events if event.actor_kind == "user" and event.actor_id}
    rows = db.session.execute(
        select(User.id, User.name).where(User.practice_id == viewer.practice_id, User.id.in_(ids))
    )
    return {row_id: name for row_id, name in rows}
