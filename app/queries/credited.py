"""Credited time of a practice's rows in a period: what stands in the ledger, with overlaps counted once.
A constant number of statements."""

from calendar import month_name
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, select, true
from sqlalchemy.orm import aliased

from app.access import practice_of, visible_touchpoints
from app.core.db import db
from app.models.patient import Patient, same_person
from app.models.programs import tag_of
from app.models.touchpoint import ActorKind, Touchpoint
from app.models.viewer import Viewer, system_viewer
from app.queries.together import counted_once
from app.value.minutes import Span, clipped, credited, whole_minutes
from messaging.quiet_hours import end_of_local_day

#: No entry is longer, so nothing that began earlier reaches into a period.
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month where the practice is."""

    first: date
    zone: str

    @classmethod
    def of(cls, day: date, zone: str) -> "Month":
        return cls(day.replace(day=1), zone)

    @classmethod
    def at(cls, moment: datetime, zone: str) -> "Month":
        """The month this moment lies in there."""
        return cls.of(moment.astimezone(ZoneInfo(zone)).date(), zone)

    @classmethod
    def read(cls, text: str, zone: str) -> "Month | None":
        """From `2026-03`; None for anything else."""
        try:
            day = date.fromisoformat(f"{text}-01")
        except ValueError:
            return None
        return cls(day, zone) if 1900 < day.year < 9998 else None

    @property
    def name(self) -> str:
        """As people say it: March 2026."""
        return f"{month_name[self.first.month]} {self.first.year}"

    @property
    def last(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def before(self) -> "Month":
        return Month.of(self.first - timedelta(days=1), self.zone)

    @property
    def after(self) -> "Month":
        return Month.of(self.last + timedelta(days=1), self.zone)

    @property
    def starts_at(self) -> datetime:
        return end_of_local_day(self.first - timedelta(days=1), self.zone)

    @property
    def ends_at(self) -> datetime:
        """First moment after it."""
        return end_of_local_day(self.last, self.zone)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Credit:
    """A row that stands, and the time it is credited with in the period."""

    id: UUID
    patient_id: UUID
    actor_id: UUID | None
    tags: tuple[str, ...]
    care_team: str | None
    subgroup: str | None
    time: timedelta


def stands() -> ColumnElement[bool]:
    """Neither taken back nor the row that took one back."""
    later = aliased(Touchpoint)
    corrected = exists().where(
        later.practice_id == Touchpoint.practice_id, later.supersedes_id == Touchpoint.id
    )
    return and_(Touchpoint.void_reason.is_(None), ~corrected)


def credited_rows(viewer: Viewer, month: Month, *, patient_id: UUID | None = None) -> list[Credit]:
    """Rows with minutes in the month, of one patient or of all.

    For one patient the other work of whoever worked for them is looked at too: a minute spent on somebody
    else is not theirs. It is only counted, never shown, so the look is the practice's own.
    """
    rows = db.session.execute(_rows(viewer, month, patient_id)).all()
    spans = [
        Span(str(row.id), str(row.actor_id), str(row.person), row.started_at,
             row.started_at + timedelta(seconds=row.seconds))
        for row in rows
    ]  # fmt: skip
    theirs = None
    if patient_id is not None:
        theirs = set(db.session.scalars(same_person(viewer.practice_id, patient_id)))
    once = counted_once(practice_of(viewer), at=month.ends_at)
    found = credited(clipped(spans, month.starts_at, month.ends_at), together_once=once)
    return [
        Credit(row.id, row.patient_id, row.actor_id,
               _tags(row), row.care_team,
               row.subgroup, found[str(row.id)])
        for row in rows
        if str(row.id) in found and (theirs is None or row.patient_id in theirs)
    ]  # fmt: skip


#: Rows of compositions before this one name no programmes of their own.
_NAMED_SINCE = 4


def _tags(row: Any) -> tuple[str, ...]:
    """The programmes the row names; an older one has its coverage's alone."""
    named = row.programs if row.composition >= _NAMED_SINCE else [row.program or ""]
    return tuple(dict.fromkeys(tag_of(each) for each in named if each))


def _rows(viewer: Viewer, month: Month, patient_id: UUID | None) -> Any:
    near = and_(
        Touchpoint.started_at >= month.starts_at - LONGEST,
        Touchpoint.started_at < month.ends_at,
        Touchpoint.seconds > 0,
        Touchpoint.actor_kind == ActorKind.HUMAN,
    )
    theirs: ColumnElement[bool] = true()
    if patient_id is not None:
        theirs = Touchpoint.actor_id.in_(
            select(Touchpoint.actor_id).where(
                Touchpoint.practice_id == viewer.practice_id,
                Touchpoint.patient_id.in_(same_person(viewer.practice_id, patient_id)),
                near,
            )
        )
    whole = visible_touchpoints(system_viewer(viewer.practice_id))
    whose = and_(Patient.practice_id == Touchpoint.practice_id, Patient.id == Touchpoint.patient_id)
    return whole.join(Patient, whose).where(near, theirs, stands()).with_only_columns(
        Touchpoint.id, Touchpoint.patient_id,
        func.coalesce(Patient.merged_into_id, Patient.id).label("person"),
        Touchpoint.actor_id, Touchpoint.started_at, Touchpoint.seconds, Touchpoint.programs,
        Touchpoint.program, Touchpoint.composition, Touchpoint.care_team, Touchpoint.subgroup,
    )  # fmt: skip


def by_tag(found: Iterable[Credit]) -> list[tuple[str, int]]:
    """Whole minutes per programme; "" = for none. A minute of two programmes stands under both."""
    times: dict[str, list[timedelta]] = {}
    for each in found:
        for tag in each.tags or ("",):
            times.setdefault(tag, []).append(each.time)
    return [(tag, whole_minutes(times[tag])) for tag in sorted(times)]
