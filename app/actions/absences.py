"""Leave: entering it, taking it back, ending it early. What goes over and comes back is in `cover`."""

from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack
from zoneinfo import ZoneInfo

from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.absence import Absence, Handing, OnReturn
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.user import User
from app.models.viewer import PRACTICE_ROLES, Viewer
from app.queries import absences as reads
from messaging.quiet_hours import end_of_local_day

LONGEST = timedelta(days=366)
MOST_MINUTES = 24 * 60


class Leave(TypedDict, total=False):
    """`cover` None leaves the work to the team's pool."""

    cover: User | None
    handing: Handing
    on_return: OnReturn
    pool_after_minutes: int


def draft(
    user: User, from_on: date, to_on: date, *, by: Viewer, at: datetime, **leave: Unpack[Leave]
) -> Absence:
    """The leave as it would be, not saved: for the preview. Raises Invalid for what cannot be."""
    practice = db.session.get_one(Practice, user.practice_id)
    _check_days(from_on, to_on, today=at.astimezone(ZoneInfo(practice.time_zone)).date())
    cover = leave.get("cover")
    minutes = leave.get("pool_after_minutes", 60)
    if not user.may_own_work:
        raise Invalid("Choose somebody who works with patients.", field="user_id")
    if not 5 <= minutes <= MOST_MINUTES:
        raise Invalid("Choose from 5 minutes to a day.", field="pool_after_minutes")
    starts = end_of_local_day(from_on - timedelta(days=1), practice.time_zone)
    ends = end_of_local_day(to_on, practice.time_zone)
    _check_cover(user, cover, starts, ends)
    return Absence(
        practice_id=user.practice_id, user_id=user.id, cover_id=cover.id if cover else None,
        from_on=from_on, to_on=to_on, starts_at=starts, ends_at=ends,
        handing=leave.get("handing", Handing.AS_NEEDED),
        on_return=leave.get("on_return", OnReturn.BACK), pool_after_minutes=minutes,
        entered_by_id=by.id, created_at=at,
    )  # fmt: skip


def enter(
    user: User, from_on: date, to_on: date, *, by: Viewer, at: datetime, **leave: Unpack[Leave]
) -> Absence:
    """Record the leave: one's own, or anybody's for a lead. It begins by itself."""
    check_may(user, by)
    absence = draft(user, from_on, to_on, by=by, at=at, **leave)
    if reads.overlapping(user, absence.starts_at, absence.ends_at) is not None:
        raise Conflict(f"{user.name} has leave in these days already. Take that back first.")
    db.session.add(absence)
    record(absence, "absence.entered", by=by.actor, at=at, user_id=str(user.id),
           cover_id=str(absence.cover_id) if absence.cover_id else None,
           from_on=from_on.isoformat(), to_on=to_on.isoformat())  # fmt: skip
    return absence


def end(absence: Absence, *, by: Viewer, at: datetime) -> bool:
    """Back early, or not going after all. True when the leave had begun."""
    check_may(absence.user, by)
    if absence.is_over:
        raise Conflict("This leave is over already.")
    return cut(absence, by=by.actor, at=at)


def cut(absence: Absence, *, by: Actor, at: datetime) -> bool:
    """The end of leave that is not over, whoever ends it. True when it had begun."""
    if absence.began_at is None:
        absence.taken_back_at = at
        record(absence, "absence.taken_back", by=by, at=at)
        return False
    absence.ends_at = min(absence.ends_at, at)
    record(absence, "absence.cut_short", by=by, at=at)
    return True


def check_may(user: User, by: Viewer) -> None:
    """Raise Forbidden: leave is entered by the person or by a lead."""
    if by.id != user.id:
        by.check_role(*PRACTICE_ROLES)


def _check_days(from_on: date, to_on: date, *, today: date) -> None:
    if to_on < from_on:
        raise Invalid("The leave ends before it begins.", field="to_on")
    if to_on < today:
        raise Invalid("These days are over.", field="to_on")
    if to_on - from_on > LONGEST:
        raise Invalid("That is more than a year. Check the days.", field="to_on")


def _check_cover(user: User, cover: User | None, starts: datetime, ends: datetime) -> None:
    if cover is None:
        return
    if cover.id == user.id:
        raise Invalid("Choose somebody else to cover.", field="cover_id")
    if not cover.may_own_work:
        raise Invalid("Choose somebody who works with patients.", field="cover_id")
    if reads.overlapping(cover, starts, ends) is not None:
        raise Invalid(f"{cover.name} is away in these days too.", field="cover_id")
