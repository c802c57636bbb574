"""The sweep of the offices' clocks: referrals whose week is over while the office has not been told. One
savepoint per referral: a broken one is reported, and the rest go on."""

from uuid import UUID

from sqlalchemy.exc import OperationalError

from app import access
from app.actions import referral_clocks
from app.core.clock import db_now
from app.core.db import db, savepoint, transaction
from app.core.log import logger
from app.models.referral import Referral
from app.models.viewer import system_viewer

log = logger("referral clocks")
BATCH = 50
MOST_BATCHES = 20


def run() -> int:
    """Mark what is overdue, oldest first, in short transactions. Returns how many were marked."""
    done, broken = 0, set[UUID]()
    for _ in range(MOST_BATCHES):
        with transaction():
            at = db_now()
            due = referral_clocks.overdue(at).where(Referral.id.not_in(broken)).limit(BATCH)
            locked = due.with_for_update(skip_locked=True, of=Referral)
            keys = [(row.practice_id, row.id) for row in db.session.scalars(locked)]
            for practice_id, referral_id in keys:
                try:
                    with savepoint():
                        referral = access.referral_for(system_viewer(practice_id), referral_id)
                        referral_clocks.mark_overdue(referral, at=at)
                        done += 1
                except OperationalError:  # the database's trouble, not the referral's
                    raise
                except Exception:
                    broken.add(referral_id)
                    log.exception("a referral broke", referral_id=str(referral_id))
        if len(keys) < BATCH:
            break
    return done
