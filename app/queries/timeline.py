"""What happened with a patient as one story in time: messages, staff notes, contacts of the ledger and
events. Each source is read once, newest first, and merged; older pages go on behind a key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, not_, or_, select

from app.access import visible_events, visible_messages, visible_touchpoints, visible_users
from app.core.db import db
from app.core.ids import parse_id
from app.models.conversation import Conversation, Note
from app.models.event import Event
from app.models.message import Direction, Message
from app.models.patient import Patient, same_person
from app.models.touchpoint import Touchpoint
from app.models.user import User
from app.models.viewer import Viewer
from app.queries.media import Files, files_of

PAGE = 40
MOST_AT_ONCE = 400
#: The chips above a patient's story, and what each one shows.
KINDS = {
    "": "Everything",
    "messages": "Messages",
    "calls": "Calls and updates",
    "tasks": "Tasks",
    "ledger": "Touchpoints",
    "changes": "Record and consent",
}
_TASKS = ("task.", "referral.")
_CHANGES = ("patient.", "consent.", "number.", "conversation.", "disclosure.", "related_person.",
            "coverage.")  # fmt: skip
#: Ledger rows that a message of the story tells already.
_OF_MESSAGES = ("message", "refiled_message")
#: Told by a row of their own, or by nobody's interest.
_UNTOLD = ("conversation.waiting", "conversation.noted", "call.logged", "referral.pcp_told")


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `row` is a Message, Note, Event, Touchpoint or IncomingCall, as `kind`
    says."""

    kind: str
    at: datetime
    row: Any

    @property
    def key(self) -> tuple[datetime, UUID]:
        return self.at, self.row.id

    @property
    def is_heard(self) -> bool:
        """Somebody outside wrote or called."""
        return self.kind == "call" or (
            self.kind == "message" and self.row.direction is Direction.INBOUND
        )


@dataclass(frozen=True, slots=True)
class Story:
    """Moments in order, the names of staff in them, where older ones begin (None: no older), and files."""

    moments: list[Moment]
    names: Mapping[UUID, str]
    older: str | None = None
    files: Files = field(default_factory=dict)

    def heard_at(self, opened: datetime) -> datetime:
        """When the newest came from outside that stands here; when the thread was opened, if nothing did."""
        heard = (each.at for each in self.moments if each.is_heard)
        return max(heard, default=opened)


def story(
    viewer: Viewer,
    patient: Patient,
    conversation: Conversation | None,
    *,
    kind: str = "",
    before: str | None = None,
    back_to: str | None = None,
) -> Story:
    """One page of a patient's story (patient found through access), newest first.

    `before` is where the page above ended. With `back_to` it is everything down to that moment, so that
    a page can refresh its first part and leave the older ones below it alone.
    """
    sources = {
        "messages": _messages, "notes": _patient_notes, "calls": _calls, "ledger": _ledger,
        "tasks": _task_events, "changes": _change_events,
    }  # fmt: skip
    chosen = [kind] if kind else ["messages", "notes", "calls", "tasks", "changes"]
    if kind == "messages":
        chosen.append("notes")
    stretch = Stretch(_Cursor.parse(before), _Cursor.parse(back_to))
    moments = [
        moment
        for name in chosen
        for moment in sources[name](viewer, patient, conversation, stretch)
    ]
    moments.sort(key=lambda moment: moment.key, reverse=True)
    size = stretch.size
    older = str(_Cursor(*moments[size - 1].key)) if len(moments) > size else back_to
    shown = moments[:size]
    files = files_of(viewer, [each.row for each in shown if each.kind == "message"])
    return Story(shown, staff_names(viewer), older, files)


def staff_names(viewer: Viewer) -> dict[UUID, str]:
    rows = db.session.execute(visible_users(viewer).with_only_columns(User.id, User.name))
    return {id_: name for id_, name in rows}


@dataclass(frozen=True, slots=True)
class _Cursor:
    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.at.isoformat()}_{self.id}"

    @classmethod
    def parse(cls, text: str | None) -> "_Cursor | None":
        moment, _, id_ = (text or "").partition("_")
        row_id = parse_id(id_)
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return cls(at, row_id) if row_id and at.tzinfo else None

    def past(self, at: Any, id_: Any) -> ColumnElement[bool]:
        return or_(at < self.at, and_(at == self.at, id_ < self.id))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the story: the page before a moment, or everything back to one."""

    before: _Cursor | None = None
    back_to: _Cursor | None = None

    @property
    def size(self) -> int:
        return MOST_AT_ONCE if self.back_to else PAGE

    def of(self, kind: str, statement: Select[Any], at: Any, id_: Any) -> Iterable[Moment]:
        if self.before is not None:
            statement = statement.where(self.before.past(at, id_))
        if self.back_to is not None:
            statement = statement.where(not_(self.back_to.past(at, id_)))
        rows = db.session.scalars(statement.order_by(at.desc(), id_.desc()).limit(self.size + 1))
        return [Moment(kind, getattr(row, at.key), row) for row in rows]


def _ids(patient: Patient) -> Select[UUID]:
    """Events and ledger rows of a record that was merged stay where they are, and are told here."""
    return same_person(patient.practice_id, patient.id)


def _messages(
    viewer: Viewer, patient: Patient, _thread: Conversation | None, stretch: Stretch
) -> Iterable[Moment]:
    rows = visible_messages(viewer).where(Message.patient_id == patient.id)
    return stretch.of("message", rows, Message.created_at, Message.id)


def _patient_notes(
    viewer: Viewer, _patient: Patient, thread: Conversation | None, stretch: Stretch
) -> Iterable[Moment]:
    if thread is None:
        return []
    rows = select(Note).where(
        Note.practice_id == viewer.practice_id, Note.conversation_id == thread.id
    )
    return stretch.of("note", rows, Note.at, Note.id)


def _ledger(
    viewer: Viewer, patient: Patient, _thread: Conversation | None, stretch: Stretch
) -> Iterable[Moment]:
    rows = visible_touchpoints(viewer).where(Touchpoint.patient_id.in_(_ids(patient)))
    return stretch.of("touchpoint", rows, Touchpoint.started_at, Touchpoint.id)


def _calls(
    viewer: Viewer, patient: Patient, _thread: Conversation | None, stretch: Stretch
) -> Iterable[Moment]:
    """Contacts that are no messages: calls, updates to a referring office, what was taken back."""
    rows = visible_touchpoints(viewer).where(
        Touchpoint.patient_id.in_(_ids(patient)), Touchpoint.source_kind.notin_(_OF_MESSAGES)
    )
    return stretch.of("touchpoint", rows, Touchpoint.started_at, Touchpoint.id)


def _events(
    viewer: Viewer, patient: Patient, prefixes: tuple[str, ...], stretch: Stretch
) -> Iterable[Moment]:
    rows = visible_events(viewer).where(
        Event.patient_id.in_(_ids(patient)),
        or_(*(Event.kind.startswith(prefix) for prefix in prefixes)),
        Event.kind.notin_(_UNTOLD),
    )
    return stretch.of("event", rows, Event.at, Event.id)


def _task_events(
    viewer: Viewer, patient: Patient, _thread: Conversation | None, stretch: Stretch
) -> Iterable[Moment]:
    return _events(viewer, patient, _TASKS, stretch)


def _change_events(
    viewer: Viewer, patient: Patient, _thread: Conversation | None, stretch: Stretch
) -> Iterable[Moment]:
    return _events(viewer, patient, _CHANGES, stretch)
