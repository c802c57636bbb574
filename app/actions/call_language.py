"""Who makes a call in the patient's language: a member of staff who speaks it, else whoever has the task,
with an interpreter on the line."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, true

from app.core.db import db
from app.models.care_team import CareTeamMember
from app.models.contact_preference import Preferences
from app.models.event import SYSTEM, record
from app.models.patient import Patient
from app.models.task import OPEN_STATUSES, Task, TaskStatus
from app.models.user import Role, User
from app.queries.absences import away

#: Everybody on the staff is taken to speak it.
COMMON = "en"


@dataclass(frozen=True, slots=True)
class Speaker:
    """`user` calls; with None whoever has the task does, and `interpreter` tells to have one on the line."""

    user: User | None
    interpreter: bool


def speaks(user: User, language: str) -> bool:
    return language == COMMON or language in user.languages


def hand_over(task: Task, *, at: datetime) -> Speaker:
    """A call is due: see that it can be understood. Gives the task to a navigator who speaks the patient's
    language, unless its owner does and is here; without one, the card says that an interpreter is needed."""
    patient = task.patient
    wants_interpreter = Preferences.of(patient.preferences).interpreter
    if patient.language == COMMON or _owner_can(task, at=at):
        return _noted(task, Speaker(None, wants_interpreter), at=at)
    found = navigator_for(patient, at=at, team_id=task.care_team_id)
    if found is None:
        return _noted(task, Speaker(None, True), at=at)
    task.owner_id, task.updated_at = found.id, at
    if task.status is TaskStatus.REQUESTED:
        task.status = TaskStatus.ACCEPTED
    record(task, "task.assigned", by=SYSTEM, at=at, owner_id=str(found.id), why="language",
           language=patient.language)  # fmt: skip
    return _noted(task, Speaker(found, wants_interpreter), at=at)


def _owner_can(task: Task, *, at: datetime) -> bool:
    """The owner speaks the language and is here to call."""
    owner = task.owner
    if owner is None or not owner.is_active or not speaks(owner, task.patient.language):
        return False
    return not away(task.practice_id, [owner.id], at=at)


def navigator_for(patient: Patient, *, at: datetime, team_id: UUID | None = None) -> User | None:
    """A navigator who is here, speaks the patient's language and may see them: of the team the work lies
    with first, then the one with the fewest open tasks."""
    load = (
        select(func.count(Task.id))
        .where(
            Task.practice_id == User.practice_id,
            Task.owner_id == User.id,
            Task.status.in_(OPEN_STATUSES),
        )
        .scalar_subquery()
    )
    member = select(CareTeamMember.user_id).where(
        CareTeamMember.practice_id == patient.practice_id,
        CareTeamMember.care_team_id == (patient.care_team_id or team_id),
    )
    people = (
        select(User)
        .where(
            User.practice_id == patient.practice_id,
            User.is_active,
            User.role == Role.NAVIGATOR,
            User.id.in_(member) if patient.care_team_id is not None else true(),
        )
        .order_by(User.id.not_in(member), load, User.name, User.id)
    )
    speakers = [user for user in db.session.scalars(people) if speaks(user, patient.language)]
    gone = away(patient.practice_id, [user.id for user in speakers], at=at) if speakers else {}
    return next((user for user in speakers if user.id not in gone), None)


def _noted(task: Task, speaker: Speaker, *, at: datetime) -> Speaker:
    if speaker.interpreter:
        record(task, "task.interpreter_needed", by=SYSTEM, at=at, language=task.patient.language)
    return speaker
