"""A month's touchpoints by team and by subgroup, as each row froze them: contacts, people reached, credited
minutes. A constant number of statements."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import and_, func

from app.access import visible_touchpoints
from app.core.db import db
from app.models.patient import Patient
from app.models.touchpoint import INTERNAL, Touchpoint
from app.models.viewer import Viewer
from app.queries.credited import Credit, Month, credited_rows, stands
from app.value.minutes import whole_minutes

By = Literal["care_team", "subgroup"]


@dataclass(frozen=True, slots=True)
class Sum:
    """One group; `name` None = not recorded."""

    name: str | None
    contacts: int
    reached: int
    people: int
    minutes: int


@dataclass(frozen=True, slots=True)
class MonthSums:
    together: Sum
    by_team: list[Sum]
    by_subgroup: list[Sum]


def month_sums(viewer: Viewer, month: Month) -> MonthSums:
    """Seconds are floored once per line, so lines may come to less than their total."""
    found = credited_rows(viewer, month)
    return MonthSums(
        _sums(viewer, month, found, None)[0],
        _sums(viewer, month, found, "care_team"),
        _sums(viewer, month, found, "subgroup"),
    )


def _sums(viewer: Viewer, month: Month, found: list[Credit], by: By | None) -> list[Sum]:
    times: dict[str | None, list[timedelta]] = defaultdict(list)
    for each in found:
        times[getattr(each, by) if by else None].append(each.time)
    contact = Touchpoint.channel != INTERNAL
    reached = and_(contact, Touchpoint.contact_outcome == "reached")
    group = [getattr(Touchpoint, by)] if by else []
    person = func.coalesce(Patient.merged_into_id, Patient.id)
    rows = db.session.execute(
        visible_touchpoints(viewer)
        .join(Patient, and_(Patient.practice_id == Touchpoint.practice_id,
                            Patient.id == Touchpoint.patient_id))
        .where(
            Touchpoint.started_at >= month.starts_at, Touchpoint.started_at < month.ends_at, stands()
        )
        .with_only_columns(
            func.count().filter(contact), func.count().filter(reached),
            func.count(func.distinct(person)).filter(contact), *group,
        )
        .group_by(*group)
    )  # fmt: skip
    made = [
        Sum(name[0] if name else None, contacts, reached_, people,
            whole_minutes(times[name[0] if name else None]))
        for contacts, reached_, people, *name in rows
    ]  # fmt: skip
    return sorted(made, key=lambda each: (each.name is None, each.name or ""))
