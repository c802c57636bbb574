"""Whom a text to a list is for: a filter over the patients this viewer sees, or people picked by name. Read
from a form or an address; odd values count as not chosen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from werkzeug.datastructures import MultiDict

from app.access import visible_patients, visible_tasks, visible_teams
from app.core.db import db
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.care_team import CareTeam
from app.models.coverage import Subgroup, SubgroupMembership
from app.models.patient import Patient, PatientStatus
from app.models.task import OPEN_STATUSES, Task, TaskType
from app.models.viewer import Viewer
from app.queries.patient_search import BY_NAME

MOST_PICKED = 200
LONGEST = 200
#: Not the practice's patients any more, so a filter does not mean them.
GONE = (
    PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE, PatientStatus.ENTERED_IN_ERROR,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Audience:
    """A filter; with people picked by name it is them alone."""

    subgroup: UUID | None = None
    language: str = ""
    pcp: str = ""
    team: UUID | None = None
    type: TaskType | None = None
    picked: tuple[UUID, ...] = ()

    @classmethod
    def read(cls, args: MultiDict[str, str]) -> "Audience":
        kind = args.get("type", "")
        picked = (parse_id(each) for each in args.getlist("patient")[:MOST_PICKED])
        return cls(
            parse_id(args.get("subgroup", "")),
            _plain(args.get("language", "")),
            _plain(args.get("pcp", "")),
            parse_id(args.get("team", "")),
            TaskType(kind) if kind in TaskType.__members__.values() else None,
            tuple(dict.fromkeys(row_id for row_id in picked if row_id)),
        )

    def as_args(self) -> dict[str, str | list[str]]:
        """For addresses and forms: only what is chosen."""
        if self.picked:
            return {"patient": [str(row_id) for row_id in self.picked]}
        chosen = {
            "subgroup": self.subgroup, "language": self.language, "pcp": self.pcp,
            "team": self.team, "type": self.type and self.type.value,
        }  # fmt: skip
        return {name: str(value) for name, value in chosen.items() if value}

    def on_patients(self, viewer: Viewer, day: date) -> Select[Patient]:
        """The people meant, of those the viewer sees, by name."""
        seen = visible_patients(viewer).where(Patient.merged_into_id.is_(None)).order_by(*BY_NAME)
        if self.picked:
            return seen.where(Patient.id.in_(self.picked))
        seen = seen.where(Patient.status.not_in(GONE))
        if self.language:
            seen = seen.where(Patient.language == self.language)
        if self.pcp:
            seen = seen.where(Patient.pcp == self.pcp)
        if self.team:
            seen = seen.where(Patient.care_team_id == self.team)
        if self.type:
            tasks = visible_tasks(viewer).with_only_columns(Task.patient_id)
            mine = tasks.where(Task.type == self.type, Task.status.in_(OPEN_STATUSES))
            seen = seen.where(Patient.id.in_(mine))
        if self.subgroup:
            seen = seen.where(Patient.id.in_(_members(viewer, self.subgroup, day)))
        return seen


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers."""

    subgroups: list[Subgroup]
    teams: list[CareTeam]
    languages: list[str]
    pcps: list[str]


def people(viewer: Viewer, audience: Audience, day: date, *, most: int) -> list[Patient]:
    """The patients meant, at most `most` + 1. Raises Invalid when somebody picked is not to be seen."""
    found = list(db.session.scalars(audience.on_patients(viewer, day).limit(most + 1)))
    if audience.picked and len(found) != len(audience.picked):
        raise Invalid("Somebody you picked is not there any more. Pick again.", field="audience")
    return found


def choices(viewer: Viewer) -> Choices:
    """Four statements."""
    mine = select(Subgroup).where(Subgroup.practice_id == viewer.practice_id)
    return Choices(
        list(db.session.scalars(mine.order_by(Subgroup.name))),
        list(
            db.session.scalars(
                visible_teams(viewer).where(CareTeam.ended_at.is_(None)).order_by(CareTeam.name)
            )
        ),
        _values(viewer, Patient.language),
        _values(viewer, Patient.pcp),
    )


def _values(viewer: Viewer, column: Any) -> list[str]:
    """The values in use, without the empty ones."""
    rows = visible_patients(viewer).with_only_columns(column).distinct().order_by(column)
    values: Iterable[str | None] = db.session.scalars(rows)
    return [value for value in values if value]


def _members(viewer: Viewer, subgroup_id: UUID, day: date) -> Select[UUID]:
    return select(SubgroupMembership.patient_id).where(
        SubgroupMembership.practice_id == viewer.practice_id,
        SubgroupMembership.subgroup_id == subgroup_id,
        SubgroupMembership.from_on <= day,
        or_(SubgroupMembership.to_on.is_(None), SubgroupMembership.to_on >= day),
    )


def _plain(text: str) -> str:
    return text.replace("\0", "").strip()[:LONGEST]
