"""The clock of an ask to a community organization: a day by which it answers, then by which it has set a day,
then by which it has said what came of it. One that is silent gets a card, which its word takes away."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from app.actions import referral_onward, tasks
from app.core.db import db
from app.core.ids import new_id
from app.models.event import SYSTEM, record
from app.models.organization_ask import OrganizationAsk
from app.models.practice import Practice
from app.models.referral import Referral
from app.models.referral_state import ONWARD, OPEN, ReferralStatus
from app.models.task import OPEN_STATUSES, Needs, Task, TaskType
from app.models.task_deadline import closed_days, due_moment
from app.models.user import User
from messaging.quiet_hours import business_days_after

#: Business days to the first answer, and from its yes to a day; days after its day to what came of it.
ANSWERS, SETS_A_DAY, TELLS = 3, 5, 7
#: Business days a person has to see to a silent one.
CARD_DAYS = 2


def wind(ask: OrganizationAsk, *, at: datetime) -> None:
    """Something was heard of it, or it was asked again: its next word is due, no card is about the last."""
    if not ask.is_open:
        ask.due_at = None
    elif ask.scheduled_for is not None:
        ask.due_at = ask.scheduled_for.astimezone(UTC) + timedelta(days=TELLS)
    else:
        ask.due_at = _business_days(ask, SETS_A_DAY if ask.accepted_at else ANSWERS, at=at)
    for card in _cards(ask):
        tasks.cancel(card, reason="Something was heard", by=SYSTEM, at=at)


def silent(at: datetime) -> Select[OrganizationAsk]:
    """Open asks whose word is overdue, of referrals that go on."""
    going_on = select(Referral.id).where(
        Referral.practice_id == OrganizationAsk.practice_id,
        Referral.id == OrganizationAsk.referral_id,
        Referral.status.in_(OPEN),
        Referral.status != ReferralStatus.ON_HOLD,
    )
    return (
        select(OrganizationAsk)
        .where(
            OrganizationAsk.due_at <= at, OrganizationAsk.status.in_(OPEN), going_on.exists()
        )
        .order_by(OrganizationAsk.due_at, OrganizationAsk.id)
    )  # fmt: skip


def mark_silent(ask: OrganizationAsk, *, at: datetime) -> None:
    """A card for whoever asked it. Does it once; leaves alone what is not due."""
    if not ask.is_open or ask.due_at is None or ask.due_at > at:
        return
    name = ask.organization.name
    ask.due_at = None
    asked_by = db.session.get(User, (ask.practice_id, ask.asked_by_id)) if ask.asked_by_id else None
    card = tasks.create(
        ask.patient, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=at, referral=ask.referral,
        received_at=at, due_on=_day(ask, CARD_DAYS, at=at), needs=Needs.NEXT_STEP,
        owner_id=asked_by.id if asked_by and asked_by.is_active else None,
        about={"stage": referral_onward.ASKED, "community_organization": name},
        source_key=f"{_key(ask)}{new_id()}",
    )  # fmt: skip
    card.connected_at = ask.referral.connected_at
    record(ask, "organization.silent", by=SYSTEM, at=at, organization=name)


def _key(ask: OrganizationAsk) -> str:
    return f"{ONWARD}ask:{ask.id}:"


def _cards(ask: OrganizationAsk) -> list[Task]:
    rows = select(Task).where(
        Task.practice_id == ask.practice_id,
        Task.referral_id == ask.referral_id,
        Task.source_key.startswith(_key(ask), autoescape=True),
        Task.status.in_(OPEN_STATUSES),
    )
    return list(db.session.scalars(rows))


def _day(ask: OrganizationAsk, days: int, *, at: datetime) -> date:
    practice = db.session.get_one(Practice, ask.practice_id)
    start = at.astimezone(ZoneInfo(practice.time_zone)).date()
    return business_days_after(start, days, holidays=closed_days(practice, start))


def _business_days(ask: OrganizationAsk, days: int, *, at: datetime) -> datetime:
    zone = db.session.get_one(Practice, ask.practice_id).time_zone
    return due_moment(_day(ask, days, at=at), zone)
