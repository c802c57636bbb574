"""An answer about work that is closed: it is kept, and when it says otherwise than the end did, somebody
looks again. The task opens again or, long after, a linked one; what was said before stays on record."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.actions import protocols, referrals, task_creation, visit_milestones
from app.core.db import db
from app.models.event import SYSTEM, Actor, Event, record
from app.models.task import Evidence, Needs, Task, TaskStatus, TaskType
from app.queries.statements import KINDS, NO_WORDS, YES, side_of, statements_of

#: Until then the same card opens again; later it is another matter and gets a card of its own.
SAME_MATTER = timedelta(days=14)
#: Who can disagree; what staff attest settles it.
SIDES = {"patient", "partner"}


def heard(
    task: Task, key: str | None, *, by: Actor, evidence: Evidence, at: datetime
) -> Task | None:
    """Somebody answers a task that is closed. Returns the task somebody has to look at, if any.

    Nothing happens when the answer says what the end said, or when the work was called off.
    """
    if task.is_open or key is None or not _says_otherwise(task, key):
        return None
    differ = side_of(task.evidence) != side_of(evidence)
    needs = Needs.SETTLE if differ or key == YES else Needs.SOLVE_BARRIER
    is_late = task.completed_at is None or at - task.completed_at > SAME_MATTER
    if is_late or task.type is TaskType.REFERRAL_FOLLOW_UP:
        return _open_another(task, needs, key=key, by=by, at=at)
    _open_again(task, needs, key=key, by=by, at=at)
    return task


def settle(task: Task, *, key: str, by: Actor, at: datetime) -> None:
    """Two sides say different things about an open task: a person finds out, nothing closes by itself."""
    task.need(Needs.SETTLE, at=at)
    record(task, "task.disputed", by=by, at=at, key=key)


def is_disputed(task: Task, evidence: Evidence) -> bool:
    """A yes about something that happened or did not, against a no of the other side. (A medicine that had
    not come yesterday may be there today: then the yes is news.)"""
    if protocols.definition_of(task).due.counted_from not in ("happens", "happened"):
        return False
    events = select(Event).where(
        Event.practice_id == task.practice_id,
        Event.subject_type == Task.__tablename__,
        Event.subject_id == task.id,
        Event.kind.in_(KINDS),
    )
    said = statements_of(db.session.scalars(events.order_by(Event.at, Event.id)))
    side = side_of(evidence)
    others = [each for each in said if each.side != side and {each.side, side} == SIDES]
    return bool(others) and others[-1].key == "no"


def _says_otherwise(task: Task, key: str) -> bool:
    if task.status is not TaskStatus.COMPLETED:
        return False
    was_success = any(
        each.is_success
        for each in protocols.definition_of(task).outcomes
        if each.key == task.outcome
    )
    return key in NO_WORDS if was_success else key == YES and task.outcome != "not_needed"


def _open_again(task: Task, needs: Needs, *, key: str, by: Actor, at: datetime) -> None:
    before = {
        "outcome": task.outcome,
        "evidence": task.evidence.value if task.evidence else None,
        "completed_at": task.completed_at.isoformat() if task.completed_at else None,
        "completed_by": task.completed_by_kind,
    }
    visit_milestones.unnote(task, by=by, at=at)
    task.reopen(at=at)
    task.need(needs, at=at)
    record(task, "task.reopened_by_answer", by=by, at=at, key=key, before=before)


def _open_another(task: Task, needs: Needs, *, key: str, by: Actor, at: datetime) -> Task:
    """A linked card; a second answer about the same end finds it there."""
    made = task_creation.create(
        task.patient, task.type, by=SYSTEM, at=at, received_at=at, about=task.about,
        owner_id=task.owner_id, referral=referrals.find_of(task), ask_first=False,
        priority=task.priority, source_key=f"follows:{task.id}:{task.completed_at}",
    )  # fmt: skip
    if made.follows_id is None:
        made.follows_id = task.id
        made.need(needs, at=at)
        db.session.flush()
        record(task, "task.followed_by", by=by, at=at, key=key, task_id=str(made.id))
    return made
