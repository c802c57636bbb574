"""One row of the ledger with everything that belongs to it: its seal, free text, who vouched for it, the
tasks it served, and the row that took it back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased

from app.access import seen, touchpoint_for
from app.core.db import db
from app.models.patient import Patient
from app.models.touchpoint import (
    TAKES_BACK,
    Touchpoint,
    TouchpointAttestation,
    TouchpointSeal,
    TouchpointTask,
    TouchpointText,
)
from app.models.viewer import Viewer
from app.queries.counting import why_it_counts
from app.queries.timeline import staff_names


@dataclass(frozen=True, slots=True)
class Entry:
    """One row with everything that belongs to it."""

    row: Touchpoint
    patient: Patient
    seal: TouchpointSeal | None
    text: str | None
    attestations: list[TouchpointAttestation]
    task_ids: list[UUID]
    corrected_by: Touchpoint | None
    #: What stands instead of a row that was corrected; and the row that this one stands for.
    instead: UUID | None
    stands_for: UUID | None
    names: Mapping[UUID, str]

    @property
    def standing(self) -> list[str]:
        """What was said of the row and not taken back: attested, approved."""
        said = Counter(each.kind for each in self.attestations)
        return [kind for kind, back in TAKES_BACK.items() if said[kind] > said[back]]

    @property
    def why(self) -> list[str]:
        """Why it counts, or does not."""
        return why_it_counts(self.row, is_taken_back=self.corrected_by is not None)


def entry(viewer: Viewer, touchpoint_id: UUID) -> Entry:
    """Raises NotFound for a row the viewer may not see."""
    row = touchpoint_for(viewer, touchpoint_id)
    seen(viewer, [row.patient_id], through="ledger")
    later = aliased(Touchpoint)
    return Entry(
        row=row,
        patient=db.session.scalars(_its(Patient, Patient.id == row.patient_id, row)).one(),
        seal=db.session.scalars(
            _its(TouchpointSeal, TouchpointSeal.touchpoint_id == row.id, row)
        ).one_or_none(),
        text=db.session.scalar(
            _its(TouchpointText, TouchpointText.touchpoint_id == row.id, row).with_only_columns(
                TouchpointText.summary
            )
        ),
        attestations=list(
            db.session.scalars(
                _its(
                    TouchpointAttestation, TouchpointAttestation.touchpoint_id == row.id, row
                ).order_by(TouchpointAttestation.at, TouchpointAttestation.id)
            )
        ),
        task_ids=list(
            db.session.scalars(
                _its(TouchpointTask, TouchpointTask.touchpoint_id == row.id, row).with_only_columns(
                    TouchpointTask.task_id
                )
            )
        ),
        corrected_by=db.session.scalars(
            _its(later, later.supersedes_id == row.id, row)
        ).one_or_none(),
        instead=_instead(row),
        stands_for=UUID(row.source_id) if row.source_kind == "correction" else None,
        names=staff_names(viewer),
    )


def _instead(row: Touchpoint) -> UUID | None:
    """The row that was written when this one, or the one it takes back, was corrected."""
    right = and_(
        Touchpoint.source_kind == "correction",
        Touchpoint.source_id == str(row.supersedes_id or row.id),
    )
    return db.session.scalar(_its(Touchpoint, right, row).with_only_columns(Touchpoint.id))


def _its(table: Any, condition: ColumnElement[bool], row: Touchpoint) -> Select[Any]:
    """Rows of `table` in the practice of a ledger row found through access."""
    return select(table).where(table.practice_id == row.practice_id, condition)
