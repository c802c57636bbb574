"""The touchpoint log: the ledger's rows by period, activity, channel, person and outcome, with totals that
leave out what was taken back. A constant number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, true
from sqlalchemy.orm import aliased

from app.access import seen, visible_patients, visible_touchpoints
from app.core.db import db
from app.core.ids import parse_id
from app.models.patient import Patient
from app.models.touchpoint import (
    INTERNAL,
    Touchpoint,
    TouchpointSeal,
)
from app.models.viewer import Viewer
from app.queries.timeline import staff_names
from app.queries.touchpoint_filter import LogFilter

PAGE = 100


@dataclass(frozen=True, slots=True)
class LogRow:
    touchpoint: Touchpoint
    patient: Patient
    seal: int | None
    is_void: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Over the whole filter; rows taken back and the rows that took them back count nothing."""

    rows: int
    contacts: int
    reached: int
    seconds: int

    @property
    def minutes(self) -> int:
        return self.seconds // 60


@dataclass(frozen=True, slots=True)
class Log:
    rows: list[LogRow]
    totals: Totals
    names: Mapping[UUID, str]
    patient: Patient | None
    older: str | None


def log(viewer: Viewer, wanted: LogFilter, *, before: str | None = None) -> Log:
    """One page, newest first; `before` is where the page above ended."""
    voided = _is_corrected()
    statement = (
        visible_touchpoints(viewer)
        .where(wanted.condition(), _past(before))
        .add_columns(Patient, TouchpointSeal.seq, voided)
        .join(Patient, _of(Patient, Touchpoint.patient_id))
        .outerjoin(TouchpointSeal, _of_row(TouchpointSeal))
        .order_by(Touchpoint.started_at.desc(), Touchpoint.id.desc())
    )
    found = [LogRow(*row) for row in db.session.execute(statement.limit(PAGE + 1))]
    shown = found[:PAGE]
    seen(viewer, {row.patient.id for row in shown}, through="ledger")
    last = shown[-1].touchpoint if len(found) > PAGE else None
    older = f"{last.started_at.isoformat()}_{last.id}" if last else None
    totals = _totals(viewer, wanted)
    return Log(shown, totals, staff_names(viewer), _patient(viewer, wanted), older)


def _is_corrected() -> ColumnElement[bool]:
    later = aliased(Touchpoint)
    return exists().where(
        later.practice_id == Touchpoint.practice_id, later.supersedes_id == Touchpoint.id
    )


def _totals(viewer: Viewer, wanted: LogFilter) -> Totals:
    stands = and_(~_is_corrected(), Touchpoint.void_reason.is_(None))
    contact = and_(stands, Touchpoint.channel != INTERNAL)
    reached = and_(contact, Touchpoint.contact_outcome == "reached")
    row = db.session.execute(
        visible_touchpoints(viewer)
        .where(wanted.condition())
        .with_only_columns(
            func.count(),
            func.count().filter(contact),
            func.count().filter(reached),
            func.coalesce(func.sum(Touchpoint.seconds).filter(stands), 0),
        )
    ).one()
    return Totals(*(int(value) for value in row))


def _patient(viewer: Viewer, wanted: LogFilter) -> Patient | None:
    if wanted.patient is None:
        return None
    return db.session.scalars(
        visible_patients(viewer).where(Patient.id == wanted.patient)
    ).one_or_none()


def _past(before: str | None) -> ColumnElement[bool]:
    moment, _, id_ = (before or "").partition("_")
    row_id = parse_id(id_)
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return true()
    if row_id is None or at.tzinfo is None:
        return true()
    same = and_(Touchpoint.started_at == at, Touchpoint.id < row_id)
    return or_(Touchpoint.started_at < at, same)


def _of(table: Any, column: Any) -> ColumnElement[bool]:
    return and_(table.practice_id == Touchpoint.practice_id, table.id == column)


def _of_row(table: Any) -> ColumnElement[bool]:
    return and_(table.practice_id == Touchpoint.practice_id, table.touchpoint_id == Touchpoint.id)
