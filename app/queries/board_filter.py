"""What the board is narrowed to: owner, team, type, subgroup, due and a search. Read from the address,
so that a narrowed board can be kept as a bookmark; odd values count as not chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true

from app.core.ids import parse_id
from app.models.coverage import SubgroupMembership
from app.models.patient import Patient
from app.models.task import Task, TaskType
from app.models.viewer import Viewer

DUE = ("overdue", "today", "week", "later")
LONGEST_SEARCH = 60


@dataclass(frozen=True, slots=True)
class Today:
    """The request's moment and the practice's calendar day around it."""

    at: datetime
    zone: str

    def midnight(self, days: int) -> datetime:
        """The start of the day `days` after today, in the practice's zone."""
        here = ZoneInfo(self.zone)
        day = self.at.astimezone(here).date() + timedelta(days=days)
        return datetime.combine(day, time(), tzinfo=here)


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """`owner` is "", "me", "none" or a user's id."""

    owner: str = ""
    team: UUID | None = None
    type: TaskType | None = None
    subgroup: UUID | None = None
    due: str = ""
    q: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "BoardFilter":
        owner, due, kind = args.get("owner", ""), args.get("due", ""), args.get("type", "")
        return cls(
            owner if owner in ("me", "none") or parse_id(owner) else "",
            parse_id(args.get("team", "")),
            TaskType(kind) if kind in TaskType.__members__.values() else None,
            parse_id(args.get("subgroup", "")),
            due if due in DUE else "",
            args.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH],
        )

    @property
    def is_set(self) -> bool:
        return self != BoardFilter()

    @property
    def is_about_tasks(self) -> bool:
        """Narrowed by something only tasks have, so that bare messages don't fit."""
        return bool(self.type or self.due)

    def as_args(self) -> dict[str, str]:
        """For addresses: only what is chosen."""
        chosen = {
            "owner": self.owner, "team": self.team, "type": self.type and self.type.value,
            "subgroup": self.subgroup, "due": self.due, "q": self.q,
        }  # fmt: skip
        return {name: str(value) for name, value in chosen.items() if value}

    def on_tasks(self, tasks: Select[Any], viewer: Viewer, today: Today) -> Select[Any]:
        return tasks.where(
            self._owner(viewer),
            Task.care_team_id == self.team if self.team else true(),
            Task.type == self.type if self.type else true(),
            self._due(today),
            self.patients(Task.patient_id, viewer, today),
        )

    def patients(
        self, column: ColumnElement[Any] | Any, viewer: Viewer, today: Today
    ) -> ColumnElement[bool]:
        """That `column` (a patient id) is one of those searched for."""
        parts = [self._subgroup(column, viewer, today)] if self.subgroup else []
        if self.q:
            named = select(Patient.id).where(
                Patient.practice_id == viewer.practice_id, *map(_has_word, self.q.split())
            )
            parts.append(column.in_(named))
        return and_(true(), *parts)

    def _owner(self, viewer: Viewer) -> ColumnElement[bool]:
        if not self.owner:
            return true()
        if self.owner == "none":
            return Task.owner_id.is_(None)
        return Task.owner_id == (viewer.id if self.owner == "me" else parse_id(self.owner))

    def _due(self, today: Today) -> ColumnElement[bool]:
        tomorrow = today.midnight(1)
        ranges: dict[str, ColumnElement[bool]] = {
            "overdue": Task.due_at <= today.at,
            "today": and_(Task.due_at > today.at, Task.due_at <= tomorrow),
            "week": and_(Task.due_at > today.at, Task.due_at <= today.midnight(7)),
            "later": Task.due_at > today.midnight(7),
        }
        return ranges.get(self.due, true())

    def _subgroup(self, column: Any, viewer: Viewer, today: Today) -> ColumnElement[bool]:
        day = today.at.astimezone(ZoneInfo(today.zone)).date()
        if self.subgroup is None:
            return false()
        members = select(SubgroupMembership.patient_id).where(
            SubgroupMembership.practice_id == viewer.practice_id,
            SubgroupMembership.subgroup_id == self.subgroup,
            SubgroupMembership.from_on <= day,
            or_(SubgroupMembership.to_on.is_(None), SubgroupMembership.to_on >= day),
        )
        found: ColumnElement[bool] = column.in_(members)
        return found


def _has_word(word: str) -> ColumnElement[bool]:
    columns = (Patient.given_name, Patient.family_name, Patient.mrn)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))
