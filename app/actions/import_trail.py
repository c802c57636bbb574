"""The trail an import leaves: every record it made or changed, with what stood there before."""

import json
from datetime import datetime

from app.actions.import_kinds import Written
from app.core.db import db
from app.models.import_row import ImportRow
from app.models.run import ImportRun


def keep(run: ImportRun, line: int, written: Written, *, at: datetime) -> None:
    """Note what one row of the file did."""
    for touched in written.touched:
        row = touched.row
        db.session.add(
            ImportRow(
                practice_id=run.practice_id,
                run_id=run.id,
                line=line,
                subject_type=row.__tablename__,
                subject_id=row.id,
                patient_id=getattr(row, "patient_id", None),
                before=None if touched.before is None else json.dumps(touched.before),
                at=at,
            )
        )
