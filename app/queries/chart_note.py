"""A note for the chart: what was done for one patient in a period, as the ledger holds it, to copy or
print. A constant number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_

from app.access import patient_for, visible_touchpoints
from app.core.db import db
from app.models.patient import Patient, same_person
from app.models.touchpoint import ActorKind, Touchpoint, TouchpointText
from app.models.viewer import Viewer
from app.queries.credited import stands
from app.queries.timeline import staff_names
from app.queries.touchpoint_filter import LogFilter
from app.queries.vouching import holds

#: More than this is an export.
MOST = 500


@dataclass(frozen=True, slots=True)
class NoteRow:
    row: Touchpoint
    words: str | None
    vouched: bool


@dataclass(frozen=True, slots=True)
class ChartNote:
    patient: Patient
    rows: list[NoteRow]
    names: Mapping[UUID, str]
    has_more: bool


def chart_note(viewer: Viewer, patient_id: UUID, wanted: LogFilter) -> ChartNote:
    """Oldest first; what was taken back and automatic texts are left out. Raises NotFound."""
    patient = patient_for(viewer, patient_id, through="chart note")
    found = db.session.execute(
        visible_touchpoints(viewer)
        .where(
            wanted.condition(), stands(),
            Touchpoint.patient_id.in_(same_person(viewer.practice_id, patient.id)),
            Touchpoint.actor_kind != ActorKind.SYSTEM,
        )
        .outerjoin(
            TouchpointText,
            and_(TouchpointText.practice_id == Touchpoint.practice_id,
                 TouchpointText.touchpoint_id == Touchpoint.id),
        )
        .add_columns(TouchpointText, holds("attested"))
        .order_by(Touchpoint.started_at, Touchpoint.id)
        .limit(MOST + 1)
    ).all()  # fmt: skip
    rows = [NoteRow(row, text.summary if text else None, vouched)
            for row, text, vouched in found[:MOST]]  # fmt: skip
    return ChartNote(patient, rows, staff_names(viewer), len(found) > MOST)
