"""The list sweep: writes the messages of lists, and takes back what a stop left, in short transactions. Lists
take turns, so that a long one holds up no other, nor the pages."""

import time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.actions import list_writing
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.failpoints import reach
from app.core.log import logger
from app.models.list_send import ListSend

log = logger("lists")
LONGEST_SWEEP = 10.0


def run() -> int:
    """Work on every list that has something to do, in batches. Returns how many people were dealt with."""
    done, until = 0, time.monotonic() + LONGEST_SWEEP
    broken: set[UUID] = set()
    while time.monotonic() < until:
        due = [key for key in _due() if key[1] not in broken]
        for practice_id, list_id in due:
            try:
                done += _step(practice_id, list_id)
            except OperationalError:
                raise
            except Exception:
                log.exception("a list broke", list_id=str(list_id))
                broken.add(list_id)
        if not due:
            break
    return done


def _due() -> list[tuple[UUID, UUID]]:
    with transaction():
        return list_writing.due_lists(at=db_now())


def _step(practice_id: UUID, list_id: UUID) -> int:
    with transaction():
        enter_practice(practice_id)
        row = db.session.scalars(
            select(ListSend)
            .where(ListSend.practice_id == practice_id, ListSend.id == list_id)
            .execution_options(populate_existing=True)
        ).one()
        done = list_writing.step(row, at=db_now())
        reach("list.written")
    reach("lists.committed")
    return done
