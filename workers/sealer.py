"""The sealing sweep: new rows of the ledger get their place in the hash chain, practice by practice."""

from sqlalchemy import select

from app.actions import seals
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.log import logger
from app.models.practice import Practice

log = logger("sealer")


def run() -> int:
    """Seal a batch per practice; the next tick takes the next. Returns how many rows were sealed."""
    sealed = 0
    practices = db.session.scalars(select(Practice.id).order_by(Practice.id)).all()
    for practice_id in practices:
        db.session.rollback()
        if not seals.find_unsealed(practice_id):
            continue
        try:
            with transaction():
                enter_practice(practice_id)
                sealed += seals.seal_next(practice_id, at=db_now())
        except Exception:
            log.exception("a practice's ledger could not be sealed", practice_id=str(practice_id))
    return sealed
