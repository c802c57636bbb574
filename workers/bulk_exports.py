"""Removes the files of `$export` that were cancelled or are a day old, practice by practice."""

from sqlalchemy import select

from app.actions import bulk_exports
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.log import logger
from app.models.practice import Practice

log = logger("bulk exports")


def expire() -> int:
    """Returns how many went; one practice in trouble holds up no other."""
    at, gone = db_now(), 0
    ids = list(db.session.scalars(select(Practice.id).order_by(Practice.id)))
    db.session.rollback()
    for practice_id in ids:
        try:
            with transaction():
                enter_practice(practice_id)
                gone += bulk_exports.expire(practice_id, at=at)
        except Exception:
            log.exception("exports did not expire", practice_id=str(practice_id))
    return gone
