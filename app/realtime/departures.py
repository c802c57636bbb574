"""When somebody loses sight of something, their sockets go at once: signed out, disabled, another role
or epoch, off a team, a patient moved to another team. Noticed on the rows themselves, so that no
action can forget it; done after commit. Who may stay reconnects and is checked again."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session

from app.core.db import db
from app.core.effects import after_commit
from app.models.care_team import CareTeamMember
from app.models.conversation import Conversation
from app.models.patient import Patient
from app.models.secret import PortalSession
from app.models.staff_session import StaffSession
from app.models.user import User
from app.realtime import broadcasts

#: The columns of each record whose change ends sockets.
ENDINGS: dict[type[Any], tuple[str, ...]] = {
    User: ("role", "is_active", "session_epoch"),
    StaffSession: ("ended_at",),
    PortalSession: ("ended_at",),
    Patient: ("care_team_id",),
}


def listen() -> None:
    if not event.contains(Session, "after_flush", note):
        event.listen(Session, "after_flush", note)


def note(session: Session, _context: Any) -> None:
    fresh = session.new  # built anew by every look: once per flush
    for row in (*session.dirty, *session.deleted, *fresh):
        for drop in drops_of(row, is_new=row in fresh):
            after_commit(session, drop)


def drops_of(row: Any, *, is_new: bool) -> Iterator[Callable[[], None]]:
    """What has to be disconnected because of this row, if anything."""
    if isinstance(row, CareTeamMember):
        yield partial(broadcasts.drop_person, row.practice_id, "user", row.user_id)
    elif is_new or not _changed(row):
        return
    elif isinstance(row, User):
        yield partial(broadcasts.drop_person, row.practice_id, "user", row.id)
    elif isinstance(row, StaffSession):
        yield partial(broadcasts.drop_person, row.practice_id, "user", row.user_id)
    elif isinstance(row, PortalSession):
        yield partial(broadcasts.drop_person, row.practice_id, "patient", row.patient_id)
    elif isinstance(row, Patient):
        yield partial(drop_patient, row.practice_id, row.id)


def drop_patient(practice_id: UUID, patient_id: UUID) -> None:
    """Disconnect whoever watches this patient or their threads."""
    threads = db.session.scalars(
        select(Conversation.id).where(
            Conversation.practice_id == practice_id, Conversation.patient_id == patient_id
        )
    )
    for topic in (f"patient:{patient_id}", *(f"conversation:{thread}" for thread in threads)):
        broadcasts.drop_topic(practice_id, topic)


def _changed(row: Any) -> bool:
    state = inspect(row)
    return any(state.attrs[name].history.has_changes() for name in ENDINGS.get(type(row), ()))
