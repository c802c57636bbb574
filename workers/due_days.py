"""The calendar sweep: when holidays, closed days or a zone's clock changes are other than they were, the due
moments of open tasks are worked out again, in short transactions that go on where they stopped."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import access
from app.actions import due_days
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.log import logger
from app.models.practice import Practice
from app.models.viewer import system_viewer

log = logger("due_days")


def run() -> int:
    """Returns how many tasks were looked at; one practice's trouble does not keep the others waiting."""
    db.session.rollback()
    practices = list(db.session.scalars(select(Practice.id).order_by(Practice.id)))
    looked = 0
    for practice_id in practices:
        try:
            while found := _batch(practice_id):
                looked += found
                if found < due_days.BATCH:
                    break
        except OperationalError:
            raise
        except Exception:
            log.exception("due days could not be worked out", practice_id=str(practice_id))
    return looked


def _batch(practice_id: UUID) -> int:
    with transaction():
        practice = access.practice_of(system_viewer(practice_id))
        return due_days.recount(practice, at=db_now())
