"""The reconciling sweeps: texts the webhooks missed come in within minutes, and held texts are confirmed or
refused by the carrier's own record. Listing and fetching happen with nothing open."""

from app.actions import reconcile
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.failpoints import reach
from app.core.log import logger
from messaging.carriers.base import SendError

log = logger("reconciler")


def take_in_missed() -> int:
    """List every line's inbound texts since the last time, with two hours to spare, and take in what is
    missing."""
    lines = reconcile.listings()
    taken = 0
    for listing in lines:
        db.session.rollback()
        try:
            asked_at = db_now()
            db.session.rollback()
            listed = listing.read(since=listing.since(asked_at))
            reach("missed.listed")
            with transaction():
                enter_practice(listing.practice_id)
                found = reconcile.take_in(listing, listed, at=db_now())
                reconcile.note_listed(listing, found, at=asked_at)
                reach("missed.written")
            taken += found.count
        except SendError as error:
            log.warning("a line could not be listed", detail=error.detail)
        except Exception:
            log.exception("a line could not be reconciled", line_id=str(listing.line_id))
    if taken:
        log.warning("texts had been missed", count=taken)
    return taken


def confirm_held() -> int:
    """Ask the carrier for each held text; released in the carrier's words, or refused. Returns how many."""
    settled = 0
    for text in reconcile.held_texts():
        db.session.rollback()
        try:
            confirmed = text.fetch()
            reach("held.fetched")
            with transaction():
                enter_practice(text.practice_id)
                reconcile.settle_held(text, confirmed, at=db_now())
                reach("held.settled")
            settled += 1
        except SendError as error:
            log.warning("a held text could not be looked up", detail=error.detail)
            _note_unanswered(text, error)
        except Exception:
            log.exception("a held text broke", message_id=str(text.message_id))
    return settled


def _note_unanswered(text: reconcile.HeldText, error: SendError) -> None:
    """Its list tells people; a text that can't even be noted holds up no other."""
    try:
        with transaction():
            enter_practice(text.practice_id)
            reconcile.note_unanswered(text, error, at=db_now())
    except Exception:
        log.exception("a held text broke", message_id=str(text.message_id))
