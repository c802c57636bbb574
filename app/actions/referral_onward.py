"""The way on of a referral after its office was told: a card for the step that comes next, with a day on it,
that goes when the step is taken. While a referral is open, something about it always is: nothing falls
between people."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, select, text

from app.actions import ladder_texts, tasks
from app.actions.referral_cards import ask_to_tell, find_follow_up
from app.actions.referral_holds import open_tasks
from app.core.db import db
from app.core.ids import new_id
from app.models.event import SYSTEM
from app.models.message import Direction, Message
from app.models.organization_ask import OrganizationAsk
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_milestone import ReferralMilestone
from app.models.referral_state import ONWARD, OPEN, MilestoneKind, ReferralStatus
from app.models.task import OPEN_SQL, Needs, Task, TaskType

_K = MilestoneKind
#: The steps still to take, the last one first: what has been reached, and what comes after it.
_AFTER = (
    (_K.OUTCOME, "closed"), (_K.KEPT, "outcome"), (_K.SCHEDULED, "kept"), (_K.CONTACTED, "scheduled"),
)  # fmt: skip
#: Calendar days until a step is overdue and the lead sees it.
DAYS = {"contacted": 3, "scheduled": 7, "kept": 7, "outcome": 14, "closed": 7, "held": 14}


#: Of a card about an organization that does not answer: it has a clock of its own.
ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Climb:
    """Where the asking of the patient stood when the follow-up ended."""

    task: Task
    step: int
    occurrence: int
    next_step_at: datetime | None
    asked_at: datetime | None
    needs: Needs | None
    barrier: str | None

    @classmethod
    def of(cls, task: Task, *, at: datetime) -> Self:
        waits = ladder_texts.waiting_text(task) is not None  # it will not leave any more
        step, next_at = (task.step - 1, at) if waits else (task.step, task.next_step_at)
        needs = None if task.needs is Needs.UPDATE_PCP else task.needs
        return cls(task, step, task.occurrence, next_at, task.asked_at, needs, task.barrier)


def resting(_at: datetime) -> Select[Referral]:
    """Open referrals about which nothing is: no task, and no ask to an organization
    with a day."""
    task = exists().where(
        Task.practice_id == Referral.practice_id,
        Task.referral_id == Referral.id,
        text(f"task.{OPEN_SQL}"),
    )
    ask = exists().where(
        OrganizationAsk.practice_id == Referral.practice_id,
        OrganizationAsk.referral_id == Referral.id,
        OrganizationAsk.status.in_(OPEN),
        OrganizationAsk.due_at.is_not(None),
    )
    until_a_day = (Referral.status == ReferralStatus.ON_HOLD) & Referral.wakes_at.is_not(None)
    return (
        select(Referral)
        .where(text(f"referral.{OPEN_SQL}"), ~until_a_day, ~task, ~ask)
        .order_by(Referral.received_at, Referral.id)
    )


def advance(referral: Referral, *, at: datetime, after: Climb | None = None) -> Task | None:
    """Take away the card of a step that was taken, and open that of the next one where nothing else about the
    referral is under way. `after` is the follow-up that just ended: asking the patient goes on from there."""
    db.session.flush()
    stage = stage_of(referral)
    first = find_follow_up(referral)
    for card in open_tasks(referral):
        if (
            is_onward(card)
            and card.about["stage"] != ASKED
            and (card.about["stage"] != stage or first is not None)
        ):
            if first is not None:
                _move_questions(card, first)
            tasks.cancel(card, reason="Its step was taken", by=SYSTEM, at=at)
    if stage is None or _is_under_way(referral):
        return None
    if stage == "closed" and referral.pcp_told_at is None:
        return ask_to_tell(referral, at=at, why=f"outcome:{at.isoformat()}", since=at)
    card = _open(referral, stage, after.task if after else None, at=at)
    if stage == "contacted" and after is not None:
        _climb_on(card, after)
    return card


def is_onward(task: Task) -> bool:
    return (task.source_key or "").startswith(ONWARD)


def stage_of(referral: Referral) -> str | None:
    """The step to take next; None when it is over, or waits for its day."""
    if not referral.is_open:
        return None
    if referral.status is ReferralStatus.ON_HOLD:
        return None if referral.wakes_at else "held"
    reached = set(
        db.session.scalars(
            select(ReferralMilestone.kind).where(
                ReferralMilestone.practice_id == referral.practice_id,
                ReferralMilestone.referral_id == referral.id,
                ReferralMilestone.taken_back_at.is_(None),
            )
        )
    )
    return next((stage for kind, stage in _AFTER if kind in reached), "contacted")


def _is_under_way(referral: Referral) -> bool:
    if open_tasks(referral):
        return True
    asks = select(OrganizationAsk.id).where(
        OrganizationAsk.practice_id == referral.practice_id,
        OrganizationAsk.referral_id == referral.id,
        OrganizationAsk.status.in_(OPEN),
        OrganizationAsk.due_at.is_not(None),
    )
    return db.session.scalar(asks.limit(1)) is not None


def _open(referral: Referral, stage: str, before: Task | None, *, at: datetime) -> Task:
    last = before or db.session.scalars(
        select(Task)
        .where(Task.practice_id == referral.practice_id, Task.referral_id == referral.id)
        .order_by(Task.created_at.desc(), Task.id.desc())
        .limit(1)
    ).first()  # fmt: skip
    card = tasks.create(
        referral.patient, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=at, referral=referral,
        received_at=at, due_on=_due_on(referral, stage, at=at),
        owner_id=last.owner_id if last else None,
        about={**(last.about if last and last.type is TaskType.REFERRAL_FOLLOW_UP else {}), "stage": stage},
        needs=Needs.CALL if stage == "contacted" else Needs.NEXT_STEP,
        source_key=f"{ONWARD}{referral.id}:{stage}:{new_id()}",
    )  # fmt: skip
    card.connected_at = referral.connected_at
    return card


def _due_on(referral: Referral, stage: str, *, at: datetime) -> date:
    zone = ZoneInfo(db.session.get_one(Practice, referral.practice_id).time_zone)
    day = at.astimezone(zone).date() + timedelta(days=DAYS[stage])
    week = referral.week_ends_at
    if stage == "contacted" and week is not None and week > at:
        return max(
            (week - timedelta(microseconds=1)).astimezone(zone).date(), at.astimezone(zone).date()
        )
    return day


def _climb_on(card: Task, before: Climb) -> None:
    """The same rungs at the same times; an answer to what was asked already is heard here."""
    card.step, card.occurrence, card.asked_at = before.step, before.occurrence, before.asked_at
    card.next_step_at, card.barrier = before.next_step_at, before.barrier
    if before.needs is not None or card.next_step_at is not None:
        card.need(before.needs, at=card.created_at)
    _move_questions(before.task, card)


def _move_questions(old: Task, new: Task) -> None:
    waiting = select(Message).where(
        Message.practice_id == old.practice_id,
        Message.task_id == old.id,
        Message.direction == Direction.OUTBOUND,
        Message.asked.is_not(None),
        Message.answered_at.is_(None),
    )
    for question in db.session.scalars(waiting):
        question.task_id = new.id
