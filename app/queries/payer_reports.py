"""What payers reported, newest period first, one list per payer."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.coverage import Coverage
from app.models.payer_report import PayerReport
from app.models.viewer import Viewer

MOST = 500


@dataclass(frozen=True, slots=True)
class FromPayers:
    """`payers`: names the practice's coverages know, for a form."""

    by_payer: dict[str, list[PayerReport]]
    payers: list[str]


def from_payers(viewer: Viewer) -> FromPayers:
    """The practice's whole: for leads, admins and analysts."""
    rows = (
        select(PayerReport)
        .where(PayerReport.practice_id == viewer.practice_id)
        .order_by(
            PayerReport.payer, PayerReport.from_on.desc(), PayerReport.source_id, PayerReport.place
        )
        .limit(MOST)
    )
    found: dict[str, list[PayerReport]] = {}
    for row in db.session.scalars(rows):
        found.setdefault(row.payer, []).append(row)
    return FromPayers(found, payers_of(viewer.practice_id))


def payers_of(practice_id: UUID) -> list[str]:
    """The names that the practice's coverages know."""
    known = select(Coverage.payer).where(Coverage.practice_id == practice_id).distinct()
    return sorted(db.session.scalars(known))
