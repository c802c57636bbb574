"""The checklist of a month before it is closed: what is still open, each with its rows, one statement a
line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from app.access import seen, visible_messages, visible_touchpoints
from app.core.db import db
from app.models.message import Message
from app.models.month_close import MonthClose
from app.models.patient import Patient
from app.models.run import ExportRun
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.viewer import Viewer
from app.models.work_timer import WorkTimer
from app.queries.credited import Month, stands
from app.queries.timeline import staff_names
from app.queries.timers import visible_timers
from app.queries.vouching import holds
from messaging.delivery import MessageStatus

#: How many rows a line opens at once.
MOST = 100
OF_ROWS = ("unattested", "unapproved", "no_coverage", "unsealed")
LINES = ("timers", *OF_ROWS, "in_doubt")


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row of a line: a ledger row, a timer or a message, with its patient."""

    row: Any
    patient: Patient | None


@dataclass(frozen=True, slots=True)
class OpenRows:
    rows: list[OpenRow]
    has_more: bool
    names: Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Closed:
    close: MonthClose
    export: ExportRun


def checklist(viewer: Viewer, month: Month) -> dict[str, int]:
    """How many are open on each line."""
    return {
        line: int(db.session.scalar(
            select(func.count()).select_from(_open(viewer, month, line).subquery())) or 0)
        for line in LINES
    }  # fmt: skip


def open_rows(viewer: Viewer, month: Month, line: str) -> OpenRows:
    """The rows of a line, oldest first; a member of a team gets their own to vouch for."""
    table = _table(line)
    statement = _open(viewer, month, line).order_by(_moment(line), table.id).limit(MOST + 1)
    statement = statement.add_columns(Patient).outerjoin(
        Patient, and_(Patient.practice_id == table.practice_id, Patient.id == table.patient_id)
    )
    found = [OpenRow(*row) for row in db.session.execute(statement)]
    seen(viewer, {each.patient.id for each in found[:MOST] if each.patient}, through="month close")
    return OpenRows(found[:MOST], len(found) > MOST, staff_names(viewer))


def closes(viewer: Viewer, month: Month) -> list[Closed]:
    """Every time the month was closed, newest first."""
    rows = db.session.execute(
        select(MonthClose, ExportRun)
        .join(ExportRun, and_(ExportRun.practice_id == MonthClose.practice_id,
                              ExportRun.id == MonthClose.export_id))
        .where(MonthClose.practice_id == viewer.practice_id, MonthClose.month == str(month))
        .order_by(MonthClose.closed_at.desc(), MonthClose.id.desc())
    )  # fmt: skip
    return [Closed(close, run) for close, run in rows]


def _table(line: str) -> Any:
    return {"timers": WorkTimer, "in_doubt": Message}.get(line, Touchpoint)


def _moment(line: str) -> Any:
    return {"timers": WorkTimer.started_at, "in_doubt": Message.created_at}.get(
        line, Touchpoint.started_at
    )


def _open(viewer: Viewer, month: Month, line: str) -> Select[Any]:
    moment = _moment(line)
    inside = and_(moment >= month.starts_at, moment < month.ends_at)
    if line == "timers":
        unwritten = and_(WorkTimer.touchpoint_id.is_(None), WorkTimer.dropped_at.is_(None))
        return visible_timers(viewer).where(inside, or_(WorkTimer.stopped_at.is_(None), unwritten))
    if line == "in_doubt":
        return visible_messages(viewer).where(inside, Message.status == MessageStatus.IN_DOUBT)
    return visible_touchpoints(viewer).where(inside, _is_open(viewer, line))


def _is_open(viewer: Viewer, line: str) -> ColumnElement[bool]:
    if line == "unsealed":
        return ~exists().where(
            TouchpointSeal.practice_id == Touchpoint.practice_id,
            TouchpointSeal.touchpoint_id == Touchpoint.id,
        )
    timed = and_(Touchpoint.seconds > 0, stands())
    if line == "no_coverage":
        return and_(timed, Touchpoint.payer.is_(None))
    if line == "unapproved":
        return and_(timed, holds("attested"), ~holds("approved"))
    own = Touchpoint.actor_id == viewer.id
    unattested = and_(timed, ~holds("attested"))
    return unattested if viewer.sees_practice else and_(unattested, own)
