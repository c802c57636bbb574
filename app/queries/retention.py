"""What a practice keeps and for how long: holds, what the next deletion takes, and what went."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.access import practice_of
from app.core.db import db
from app.core.errors import NotFound
from app.models.event import Event
from app.models.patient import Patient
from app.models.retention import LegalHold, TouchpointStub, cut_off, past_its_time
from app.models.touchpoint import Touchpoint
from app.models.viewer import Viewer
from app.queries.timeline import staff_names

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold and whom it is about; None for the whole practice."""

    row: LegalHold
    patient: Patient | None


@dataclass(frozen=True, slots=True)
class Keeping:
    """`before`: what was written down earlier is past its time. `due` rows go with the next deletion."""

    years: int
    before: datetime
    due: int
    has_rows: bool
    oldest: datetime | None
    gone: int
    holds: list[Hold]
    purges: list[Event]
    names: Mapping[UUID, str]


def keeping(viewer: Viewer, *, at: datetime) -> Keeping:
    """For leads and admins: the whole practice's."""
    practice = practice_of(viewer)
    mine = Touchpoint.practice_id == practice.id
    oldest = db.session.scalar(select(func.min(Touchpoint.recorded_at)).where(mine))
    due = select(func.count()).select_from(Touchpoint).where(past_its_time(practice, at))
    stubs = select(func.count()).select_from(TouchpointStub)
    purges = select(Event).where(Event.practice_id == practice.id, Event.kind == "ledger.purged")
    return Keeping(
        practice.keep_years, cut_off(practice, at), db.session.scalar(due) or 0,
        oldest is not None, oldest,
        db.session.scalar(stubs.where(TouchpointStub.practice_id == practice.id)) or 0,
        _holds(viewer), list(db.session.scalars(purges.order_by(Event.id.desc()).limit(20))),
        staff_names(viewer),
    )  # fmt: skip


def _holds(viewer: Viewer) -> list[Hold]:
    """Those that stand first, then the newest."""
    rows = (
        select(LegalHold, Patient)
        .outerjoin(
            Patient,
            (Patient.practice_id == LegalHold.practice_id) & (Patient.id == LegalHold.patient_id),
        )
        .where(LegalHold.practice_id == viewer.practice_id)
        .order_by(LegalHold.lifted_at.is_not(None), LegalHold.placed_at.desc())
        .limit(SHOWN)
    )
    return [Hold(row, patient) for row, patient in db.session.execute(rows)]


def hold_for(viewer: Viewer, hold_id: UUID) -> LegalHold:
    """Raises NotFound for another practice's."""
    found = db.session.get(LegalHold, (viewer.practice_id, hold_id))
    if found is None:
        raise NotFound
    return found
