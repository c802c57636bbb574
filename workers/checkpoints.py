"""The signing sweep: where each practice's chain stands goes, signed, to a file outside the database."""

from sqlalchemy import select

from app.actions import checkpoints
from app.core.clock import db_now
from app.core.db import db, enter_practice
from app.core.log import logger
from app.models.practice import Practice

log = logger("checkpoints")


def run() -> int:
    """Sign every chain that grew. Returns how many; one that no longer fits is reported and left alone."""
    signed = 0
    practices = db.session.scalars(select(Practice.id).order_by(Practice.id)).all()
    for practice_id in practices:
        db.session.rollback()
        try:
            enter_practice(practice_id)
            signed += checkpoints.write_due(practice_id, at=db_now()) is not None
        except Exception:
            log.exception("a chain could not be signed", practice_id=str(practice_id))
    db.session.rollback()
    return signed
