"""The context of a measure's case at the moment it began: subgroup and payer that held on that day, never
today's (T5.5); read for all patients at once."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select

from app.access import visible_patients
from app.core.db import db
from app.models.care_team import CareTeam
from app.models.coverage import Coverage, Subgroup, SubgroupMembership
from app.models.patient import Patient
from app.models.viewer import Viewer
from app.queries.measure_filter import Span
from messaging.zip_zones import is_zone, zone_of_zip

Dated = dict[UUID, list[tuple[date, date | None, str]]]
ContextOf = Callable[..., dict[str, str | None]]
#: Columns of the patient a case's context needs.
PATIENT = (Patient.language, Patient.time_zone, Patient.postal_code)


def of_patient(column: Any, table: Any) -> ColumnElement[bool]:
    """Joins a table's rows to their patients."""
    return and_(Patient.practice_id == table.practice_id, Patient.id == column)


def context_reader(viewer: Viewer, span: Span) -> ContextOf:
    """`context(patient_id, at, language, time_zone, postal_code, team_id)`; three statements in all."""
    groups, payers = _subgroups(viewer, span), _payers(viewer, span)
    rows = db.session.execute(
        select(CareTeam.id, CareTeam.name).where(CareTeam.practice_id == viewer.practice_id)
    )
    teams = {row.id: row.name for row in rows}

    def context(
        patient_id: UUID,
        at: datetime,
        place: tuple[str, str | None, str | None],
        team_id: UUID | None,
    ) -> dict[str, str | None]:
        day = at.astimezone(span.zone).date()
        return {
            "team": teams.get(team_id) if team_id else None,
            "subgroup": _on(groups, patient_id, day), "payer": _on(payers, patient_id, day),
            "month": span.month_of(at), "language": place[0], "zone": zone_of(place[1], place[2]),
        }  # fmt: skip

    return context


def zone_of(time_zone: str | None, postal_code: str | None) -> str | None:
    """Where the patient is, by their word, else by ZIP."""
    if time_zone and is_zone(time_zone):
        return time_zone
    return zone_of_zip(postal_code) if postal_code else None


def _on(rows: Dated, patient_id: UUID, day: date) -> str | None:
    held = [r for r in rows.get(patient_id, ()) if r[0] <= day and (r[1] is None or r[1] >= day)]
    return max(held)[2] if held else None


def _dated(statement: Select[UUID, date, date | None, str]) -> Dated:
    rows: Dated = {}
    for patient_id, from_on, to_on, name in db.session.execute(statement):
        rows.setdefault(patient_id, []).append((from_on, to_on, name))
    return rows


def _overlaps(table: type[Coverage] | type[SubgroupMembership], viewer: Viewer, span: Span) -> Any:
    seen = visible_patients(viewer).with_only_columns(Patient.id)
    return and_(
        table.practice_id == viewer.practice_id, table.patient_id.in_(seen),
        table.from_on <= span.to_on, or_(table.to_on.is_(None), table.to_on >= span.from_on),
    )  # fmt: skip


def _subgroups(viewer: Viewer, span: Span) -> Dated:
    table = SubgroupMembership
    return _dated(
        select(table.patient_id, table.from_on, table.to_on, Subgroup.name)
        .join(Subgroup, and_(Subgroup.practice_id == table.practice_id, Subgroup.id == table.subgroup_id))
        .where(_overlaps(table, viewer, span))
    )  # fmt: skip


def _payers(viewer: Viewer, span: Span) -> Dated:
    return _dated(
        select(Coverage.patient_id, Coverage.from_on, Coverage.to_on, Coverage.payer).where(
            _overlaps(Coverage, viewer, span)
        )
    )
