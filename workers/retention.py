"""The deletion of what is past the time a practice keeps it: a few batches per turn, practice by practice."""

from uuid import UUID

from sqlalchemy import select

from app.actions import retention
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.log import logger
from app.models.event import SYSTEM
from app.models.practice import Practice

log = logger("retention")
#: The rest goes on the next turn: nobody waits for it, and nobody is held up by it.
BATCHES = 10


def run() -> int:
    """Returns how many rows went; one practice in trouble holds up no other."""
    gone = 0
    ids = list(db.session.scalars(select(Practice.id).order_by(Practice.id)))
    db.session.rollback()
    for practice_id in ids:
        try:
            gone += purge_all(practice_id, batches=BATCHES)
        except Exception:
            log.exception("old rows were not deleted", practice_id=str(practice_id))
    return gone


def purge_all(practice_id: UUID, *, batches: int) -> int:
    """Each batch in a transaction of its own."""
    gone = 0
    for _ in range(batches):
        with transaction():
            enter_practice(practice_id)
            practice = db.session.get_one(Practice, practice_id)
            went = retention.purge(practice, by=SYSTEM, at=db_now(), limit=retention.BATCH)
        gone += went
        if went == 0:
            break
    return gone
