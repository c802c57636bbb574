"""What one export asks for: days, purpose, payer or patient, and up to where in the chain; and the select
of its rows, the same for every file."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import aliased

from app import access
from app.core.db import db
from app.exports.part_2 import leaving
from app.exports.period import Period
from app.exports.purposes import PURPOSES, Purpose
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.viewer import Viewer
from app.queries.ledger import sealed


@dataclass(frozen=True, slots=True)
class Wanted:
    """One export, as it was asked for. `today` decides which consents hold."""

    period: Period
    today: date
    purpose: Purpose = PURPOSES["internal"]
    payer: str | None = None
    patient_id: UUID | None = None
    #: Every id of the person: of records merged into one.
    patient_ids: tuple[UUID, ...] = ()
    #: An earlier export's place in the chain: corrections sealed behind it are listed.
    since_seq: int = 0
    reason: str = ""
    basis: str = ""
    #: An auditor's sample: these rows, whenever they were.
    ids: tuple[UUID, ...] = ()

    def condition(self) -> ColumnElement[bool]:
        """Days, payer and patient; not yet what consent leaves out."""
        if self.purpose.of_a_sample:
            return Touchpoint.id.in_(self.ids)
        return and_(
            Touchpoint.started_at >= self.period.starts_at,
            Touchpoint.started_at < self.period.ends_at,
            self.whose(),
        )

    def whose(self) -> ColumnElement[bool]:
        """The payer's and the patient's alone, on whatever day."""
        parts: list[ColumnElement[bool]] = [true()]
        if self.purpose.of_a_payer:
            parts.append(Touchpoint.payer.is_not(None))
        if self.payer:
            parts.append(Touchpoint.payer == self.payer)
        if self.patient_id is not None:
            parts.append(Touchpoint.patient_id.in_(self.patient_ids or (self.patient_id,)))
        return and_(*parts)

    def may_leave(self, practice_id: UUID) -> ColumnElement[bool]:
        """Rows under Part 2 leave only with a consent that holds today; the patient's own always."""
        if not self.purpose.goes_out or self.purpose.of_one_patient:
            return true()
        return leaving(practice_id, self.today).rows()


def chosen(viewer: Viewer, wanted: Wanted) -> Select[Touchpoint, TouchpointSeal]:
    """The export's rows with their seals, in no order yet."""
    visible = access.visible_touchpoints(viewer)
    return sealed(visible, as_of_seq=wanted.period.as_of_seq).where(
        wanted.condition(), wanted.may_leave(viewer.practice_id)
    )


def count(viewer: Viewer, wanted: Wanted) -> int:
    """How many rows the export will hold."""
    found = select(func.count()).select_from(chosen(viewer, wanted).subquery())
    return int(db.session.scalar(found) or 0)


def withheld(viewer: Viewer, wanted: Wanted) -> int:
    """How many rows stay here because nobody consented to their leaving."""
    visible = access.visible_touchpoints(viewer)
    rows = sealed(visible, as_of_seq=wanted.period.as_of_seq).where(
        wanted.condition(), ~wanted.may_leave(viewer.practice_id)
    )
    return int(db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0)


def taken_back(viewer: Viewer, as_of_seq: int) -> Select[UUID | None]:
    """The ids of the rows that another one, sealed by then, takes back."""
    later, its_seal = aliased(Touchpoint), aliased(TouchpointSeal)
    return (
        select(later.supersedes_id)
        .join(
            its_seal,
            (its_seal.touchpoint_id == later.id) & (its_seal.practice_id == later.practice_id),
        )
        .where(
            later.practice_id == viewer.practice_id,
            later.supersedes_id.is_not(None),
            its_seal.seq <= as_of_seq,
        )
    )
