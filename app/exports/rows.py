"""The rows of one export: the ledger of a practice over local days, sealed up to a place in the chain,
in one order (started_at, seq). Files only write what this yields."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select

from app import access
from app.core.columns import EARLIEST, LATEST, OutOfCalendar
from app.core.db import db
from app.core.errors import Invalid
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.viewer import Viewer
from app.queries.ledger import FIELDS, fields_of, in_batches, sealed, tasks_served
from app.value.commitments import Plain
from messaging.quiet_hours import end_of_local_day

BATCH = 500
#: Columns of every file: the row's fields, then its place in the chain.
COLUMNS = (*FIELDS, "summary_commitment", "seal_seq", "previous_hash", "row_hash")


def check_period(from_on: date, to_on: date) -> None:
    """Raise Invalid for a period that ends before it begins, or with a day no one can count from."""
    if to_on < from_on:
        raise Invalid("The period ends before it begins.", field="to")
    for field, day in (("from", from_on), ("to", to_on)):
        if not EARLIEST.date() <= day < LATEST.date():
            raise OutOfCalendar(field=field)


@dataclass(frozen=True, slots=True)
class Period:
    """Inclusive local days of the practice, up to `as_of_seq` of its chain."""

    from_on: date
    to_on: date
    time_zone: str
    as_of_seq: int

    def __post_init__(self) -> None:
        check_period(self.from_on, self.to_on)

    @property
    def starts_at(self) -> datetime:
        return end_of_local_day(self.from_on - timedelta(days=1), self.time_zone)

    @property
    def ends_at(self) -> datetime:
        """First moment after the period."""
        return end_of_local_day(self.to_on, self.time_zone)


def _select(viewer: Viewer, period: Period) -> Select[Touchpoint, TouchpointSeal]:
    return sealed(access.visible_touchpoints(viewer), as_of_seq=period.as_of_seq).where(
        Touchpoint.started_at >= period.starts_at, Touchpoint.started_at < period.ends_at
    )


def count(viewer: Viewer, period: Period) -> int:
    """How many rows the export will hold."""
    found = select(func.count()).select_from(_select(viewer, period).subquery())
    return int(db.session.scalar(found) or 0)


def rows(viewer: Viewer, period: Period) -> Iterator[dict[str, Plain]]:
    """Each row as plain fields in COLUMNS' order; memory stays flat."""
    return rows_of(viewer, _select(viewer, period))


def rows_of(
    viewer: Viewer, found: Select[Touchpoint, TouchpointSeal]
) -> Iterator[dict[str, Plain]]:
    """The same of rows that were chosen already."""
    stream = db.session.execute(
        found.order_by(Touchpoint.started_at, TouchpointSeal.seq).execution_options(yield_per=BATCH)
    )
    for part in in_batches(iter(stream), BATCH):
        served = tasks_served(viewer.practice_id, [row.id for row, _ in part])
        for row, seal in part:
            yield fields_of(row, served.get(row.id, [])) | {
                "summary_commitment": seal.text_commitment,
                "seal_seq": seal.seq,
                "previous_hash": seal.previous_hash,
                "row_hash": seal.row_hash,
            }
