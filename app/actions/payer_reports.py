"""Keeping what a payer reports: each figure as it was written; the same report again replaces itself. Nothing
of it enters the practice's own measures (T4.7)."""

from datetime import datetime
from typing import cast

from sqlalchemy import delete

from app.core.columns import Row
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.payer_report import PayerReport
from app.models.practice import Practice
from app.value.fhir_files import Resources
from app.value.payer_figures import figures


def take_in(
    practice: Practice, found: Resources, *, payer: str, by: Actor, at: datetime
) -> list[PayerReport]:
    """Keep every figure of the file. `payer` "" = as the report names who made it.

    Raises NotFhir for a file without reports, Invalid when nobody says whose it is.
    """
    rows = []
    for figure, group in figures(found):
        name = payer.strip() or figure.reporter
        if not name:
            raise Invalid("The report does not say who made it: name the payer.", field="payer")
        rows.append(PayerReport(
            practice_id=practice.id, payer=name, source_id=figure.source_id, place=figure.place,
            measure=figure.measure, code=figure.code, from_on=figure.from_on, to_on=figure.to_on,
            numerator=figure.numerator, denominator=figure.denominator, score=figure.score, whole=group,
            received_at=at, by_id=by.id if by.kind == "user" else None,
        ))  # fmt: skip
    again = delete(PayerReport).where(
        PayerReport.practice_id == practice.id,
        PayerReport.source_id.in_({row.source_id for row in rows}),
    )
    db.session.execute(again.execution_options(synchronize_session=False))
    db.session.add_all(rows)
    names = sorted({row.payer for row in rows})
    record(
        cast("Row", practice),
        "payer_report.taken_in",
        by=by,
        at=at,
        figures=len(rows),
        payers=names,
    )
    return rows
