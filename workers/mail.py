"""The mail sweep: e-mails that are due, one after the other. A claim and its words are committed first; the
server is asked with nothing open."""

import time
from datetime import datetime
from uuid import UUID

from app.actions import digests, mail, mail_outcomes, mail_words
from app.actions.mail import Claim
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.failpoints import reach
from app.core.log import logger
from app.core.settings import current_settings
from app.models.mail import Mail, MailStatus
from app.models.referral import Referrer
from messaging import mail as smtp
from messaging.mail import Letter, MailError

log = logger("mail")
#: A sweep ends after this many seconds, so that a lost lease is noticed; the next one goes on.
LONGEST_SWEEP = 30.0
BATCH = 100


def send_due() -> int:
    """Send what is due in every practice. Returns how many left."""
    if not mail.is_set_up():
        return 0
    sent, until = 0, time.monotonic() + LONGEST_SWEEP
    for practice_id, mail_id, seen in mail.due(at=db_now()):
        if time.monotonic() > until:
            break
        try:
            sent += _send(practice_id, mail_id, seen)
        except Exception:
            log.exception("an e-mail broke", mail_id=str(mail_id))
    return sent


def queue_digests() -> int:
    """Queue the weekly digests that are due. Returns how many."""
    if not mail.is_set_up():
        return 0
    with transaction():
        at = db_now()
        due = digests.due(at).limit(BATCH).with_for_update(skip_locked=True, of=Referrer)
        offices = list(db.session.scalars(due))
        for office in offices:
            digests.send(office, at=at)
    return len(offices)


def _send(practice_id: UUID, mail_id: UUID, seen: datetime) -> bool:
    """Claim and write, hand over, settle. Whatever breaks here leaves the row to its lease."""
    with transaction():
        enter_practice(practice_id)
        at = db_now()
        claimed = mail.claim(practice_id, mail_id, seen, at=at)
        letter = _write(claimed, at=at) if claimed else None
    reach("mail.claimed")
    if claimed is None or letter is None:
        return False
    error = _hand_over(letter)
    reach("mail.sent")
    with transaction():
        enter_practice(practice_id)
        at = db_now()
        row = mail.settle(claimed, error, at=at)
        if row is not None and row.status is not MailStatus.WAITING:
            mail_outcomes.follow_up(row, at=at)
    if error is not None:
        log.warning("an e-mail did not leave", mail_id=str(mail_id), detail=error.detail)
    return error is None


def _write(claimed: Claim, *, at: datetime) -> Letter | None:
    """The e-mail as it leaves; a row with nothing to say any more ends here."""
    row = db.session.get_one(Mail, (claimed.practice_id, claimed.mail_id), populate_existing=True)
    words = mail_words.write(row, at=at)
    if words is None:
        mail.end(row, MailStatus.CANCELLED, at=at)
        return None
    sender = current_settings().mail_from or ""
    return Letter(row.to_address, sender, words.subject, words.text, mail.message_id(row))


def _hand_over(letter: Letter) -> MailError | None:
    """The request itself: no transaction is open, and every expected failure is an outcome."""
    db.session.rollback()
    try:
        smtp.send(letter, current_settings().smtp_url or "")
    except MailError as error:
        return error
    return None
