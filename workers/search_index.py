"""The sweep that keeps the search in step: records that changed get their entry anew, in short batches."""

import time

from app.actions import search_index
from app.core.clock import db_now
from app.core.db import db, transaction

BATCH = 200
#: A sweep ends after this many seconds, so that other ticks have their turn; the next one goes on.
LONGEST_SWEEP = 5.0


def run() -> int:
    """Index what is due. Returns how many records were looked at."""
    done, until = 0, time.monotonic() + LONGEST_SWEEP
    while search_index.is_due() and time.monotonic() < until:
        db.session.rollback()
        with transaction():
            done += search_index.step(BATCH, at=db_now())
    db.session.rollback()
    return done
