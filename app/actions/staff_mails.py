"""What e-mails to the practice's own staff say: links to join or to choose a password, and that urgent words
wait. Nothing of a patient stands in one."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.actions import staff_links
from app.actions.mail import Words
from app.core.db import db
from app.core.settings import current_settings
from app.models.conversation import Conversation
from app.models.mail import Mail
from app.models.practice import Practice
from app.models.staff_link import LinkPurpose, StaffLink


def staff_link(row: Mail, practice: Practice, at: datetime) -> Words | None:
    link = db.session.get(StaffLink, (row.practice_id, row.subject_id))
    if link is None or not link.is_live(at=at):
        return None
    address, ends = staff_links.write_address(link), on_day(link.expires_at, practice)
    if link.purpose is LinkPurpose.INVITE:
        return Words(
            f"Join {practice.name} on Touchline",
            f"Hello,\n\n{practice.name} invites you to its staff on Touchline. Choose your name and your "
            f"password here:\n\n{address}\n\nThe link works once, until {ends}. If you do not expect this, "
            f"leave it: nothing happens.\n\n{practice.name}\n",
        )
    return Words(
        "Your new password for Touchline",
        f"Hello,\n\nan admin of {practice.name} sends you this link to choose a new password:\n\n"
        f"{address}\n\nThe link works once, until {ends}, and signs you out everywhere. If you did not ask "
        f"for it, tell them: your password stays as it is.\n\n{practice.name}\n",
    )


def on_call(row: Mail, practice: Practice, at: datetime) -> Words | None:
    """Urgent words wait; None once somebody answered."""
    thread = db.session.get(Conversation, (row.practice_id, row.subject_id))
    if thread is None or thread.urgent_since is None:
        return None
    address = f"{current_settings().public_url}/conversations/{thread.id}"
    return Words(
        f"Urgent words came in at {practice.name}",
        f"Hello,\n\na message with urgent words came in at {practice.name} and waits for an answer. Sign in "
        f"and read it here:\n\n{address}\n\nYou get this because you are on call, or because who is on call "
        f"cannot open it. It says no more on purpose.\n\n{practice.name}\n",
    )


def on_day(moment: datetime, practice: Practice) -> str:
    """Like "Tuesday, March 10"; where the practice is."""
    local = moment.astimezone(ZoneInfo(practice.time_zone))
    return f"{local:%A, %B} {local.day}"
