"""The media sweep: files that came with texts are fetched one after the other, with nothing open. A claim is
committed first, so that a file whose fetching kills the worker is not tried for ever."""

import time
from datetime import datetime
from uuid import UUID

from app.actions import media, media_source
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.errors import TouchlineError
from app.core.failpoints import reach
from app.core.log import logger
from app.models.media import MediaStatus
from messaging.carriers.base import SendError
from messaging.carriers.media_errors import MediaError

log = logger("media")
#: A sweep ends after this many seconds, so that a lost lease is noticed; the next one goes on.
LONGEST_SWEEP = 30.0


def fetch_due() -> int:
    """Fetch what is due in every practice. Returns how many files came in."""
    fetched, until = 0, time.monotonic() + LONGEST_SWEEP
    for practice_id, media_id, seen in media.due(at=db_now()):
        if time.monotonic() > until:
            break
        try:
            fetched += _fetch(practice_id, media_id, seen) is MediaStatus.FETCHED
        except Exception:
            log.exception("a file could not be fetched", media_id=str(media_id))
    return fetched


def _fetch(practice_id: UUID, media_id: UUID, seen: datetime) -> MediaStatus | None:
    """Claim, fetch, settle. Whatever breaks here leaves the row to its lease."""
    with transaction():
        enter_practice(practice_id)
        claimed = media.claim(practice_id, media_id, seen, at=db_now())
    reach("media.claimed")
    if claimed is None:
        return None
    outcome = _ask(claimed)
    reach("media.fetched")
    with transaction():
        enter_practice(practice_id)
        status = media.settle(claimed, outcome, at=db_now())
        reach("media.settled")
    if isinstance(outcome, Exception):
        detail = getattr(outcome, "detail", "")
        why = {"error": type(outcome).__name__, "detail": detail}
        log.warning("a file was not fetched", media_id=str(media_id), **why)
    return status


def _ask(claimed: media.Claim) -> bytes | Exception:
    """The request itself: no transaction is open, and every expected failure is an outcome."""
    db.session.rollback()
    try:
        source = media_source.source_of(claimed)
        db.session.rollback()
        return source.fetch()
    except (MediaError, SendError, TouchlineError) as error:
        return error
