"""An e-mail of ours came back after it had left. The id it carried tells which one: nobody outside can guess
it, and the address must be the one it went to, so that a made-up report does nothing."""

from datetime import datetime

from sqlalchemy import select

from app.actions import mail, mail_outcomes
from app.core.db import db, enter_practice
from app.core.ids import parse_id
from app.models.mail import Mail, MailStatus
from messaging.bounces import Bounce


def take_in(bounce: Bounce, *, at: datetime) -> bool:
    """Note that it never arrived, and open what a person has to do then. False for what is not ours, or
    known already."""
    row = _find(bounce)
    if row is None:
        return False
    enter_practice(row.practice_id)
    mail.end(row, MailStatus.REFUSED, at=at)
    row.reason = bounce.status or "bounced"
    mail_outcomes.follow_up(row, at=at, why="came_back")
    return True


def _find(bounce: Bounce) -> Mail | None:
    """The e-mail, locked; one that a worker handed over and died before it could note that has left, too."""
    mail_id = parse_id(bounce.message_id.partition("@")[0])
    if mail_id is None:
        return None
    row = db.session.scalars(
        select(Mail)
        .where(
            Mail.id == mail_id
        )  # house: a report knows no practice, the id is found nowhere else
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or mail.message_id(row) != bounce.message_id:
        return None
    has_left = row.status is MailStatus.SENT or (row.status is MailStatus.WAITING and row.tries > 0)
    return row if has_left and _is_theirs(row, bounce) else None


def _is_theirs(row: Mail, bounce: Bounce) -> bool:
    return not bounce.recipient or bounce.recipient.casefold() == row.to_address.casefold()
