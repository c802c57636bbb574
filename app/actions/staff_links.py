"""One-time links for staff: made, e-mailed or handed over, revoked, used. Who knows such a link chooses a
password, so that a link shown to an admin never reaches beyond the admin's own practice."""

from datetime import datetime

from sqlalchemy import func, select, update

from app.actions import mail, users
from app.core.crypto import new_secret
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.settings import current_settings
from app.models.event import Actor, record
from app.models.mail import MailKind
from app.models.secret import SecretKind, keep_secret, row_of
from app.models.staff_link import LIFETIMES, LinkPurpose, StaffLink
from app.models.user import SignIn, User

BITS = 128
#: Where these links live; the access log hides what follows (gunicorn.conf.py).
PATH = "/join"
ELSEWHERE = (
    "This e-mail also works in another practice, so a new password can only be sent to the person by e-mail. "
    "Whoever runs the server sets SMTP_URL for that."
)

KNOWN_BY_NOW = "This e-mail has a password by now, chosen in another practice. Use that one."


def make(
    user: User, purpose: LinkPurpose, *, by: Actor, at: datetime
) -> tuple[StaffLink, str | None]:
    """A fresh link in place of earlier ones. Its address stands beside it only where no e-mail can be sent;
    it can't be shown again. Raises Conflict when it would set somebody's password in another practice."""
    is_mailed = mail.is_set_up()
    if purpose is LinkPurpose.RESET and not is_mailed and works_elsewhere(user):
        raise Conflict(ELSEWHERE)
    revoke_all(user, by=by, at=at)
    link = StaffLink(
        practice_id=user.practice_id, user_id=user.id, purpose=purpose, is_mailed=is_mailed,
        created_at=at, expires_at=at + LIFETIMES[purpose],
    )  # fmt: skip
    db.session.add(link)
    record(user, "user.link_made", by=by, at=at, purpose=purpose.value, is_mailed=is_mailed)
    if not is_mailed:
        return link, write_address(link)
    address = db.session.get_one(SignIn, user.sign_in_id).email
    mail.queue(user.practice_id, MailKind.STAFF_LINK, link.id, address, by=by, at=at)
    return link, None


def write_address(link: StaffLink) -> str:
    """An address that uses the link: a new secret each time, kept only as its digest."""
    token = new_secret(BITS)
    while not token[-1].isalnum():  # mail readers leave a last dash out of what can be clicked
        token = new_secret(BITS)
    keep_secret(token, SecretKind.STAFF_LINK, link)
    return f"{current_settings().public_url}{PATH}/{token}"


def find(token: str, *, at: datetime) -> StaffLink | None:
    """The live link behind a token, or None. Enters its practice."""
    link = row_of(token, SecretKind.STAFF_LINK, StaffLink)
    return link if link is not None and link.is_live(at=at) else None


def revoke_all(user: User, *, by: Actor, at: datetime) -> int:
    """End the user's live links, and take their e-mails back as far as they wait. Returns how many."""
    rows = select(StaffLink).where(
        StaffLink.practice_id == user.practice_id,
        StaffLink.user_id == user.id,
        StaffLink.used_at.is_(None),
        StaffLink.revoked_at.is_(None),
        StaffLink.expires_at > at,
    )
    found = db.session.scalars(rows).all()
    for link in found:
        link.revoked_at = at
        mail.cancel_waiting(user.practice_id, MailKind.STAFF_LINK, link.id, at=at)
        record(user, "user.link_revoked", by=by, at=at, purpose=link.purpose.value)
    return len(found)


def use(link: StaffLink, *, name: str, password: str | None, at: datetime) -> User:
    """Spend the link: an invited person joins under the name they give, anybody gets the new password.
    None keeps the password they have. Raises Conflict when somebody was faster or the person works elsewhere
    since it was made, Invalid for an unusable name or password."""
    user = link.user
    by = Actor("user", user.id)
    if link.purpose is LinkPurpose.INVITE and not name.strip():
        raise Invalid("A name is needed.", field="name")
    if password is not None:
        _check_reach(link)
    _spend(link, at=at)
    if password is not None:
        users.set_password(user, password, by=by, at=at)
    if link.purpose is LinkPurpose.INVITE:
        user.name, user.is_active, user.joined_at = name.strip(), True, at
        record(user, "user.joined", by=by, at=at)
    return user


def _check_reach(link: StaffLink) -> None:
    """An admin may know the link, and much may have happened since it was made: the person joined another
    practice, or chose a password there. Judged with the sign-in locked, so that nobody adds a seat meanwhile.
    """
    sign_in = db.session.get_one(SignIn, link.user.sign_in_id)
    db.session.refresh(sign_in, with_for_update=True)
    if link.purpose is LinkPurpose.INVITE and sign_in.password_hash != "":
        raise Invalid(KNOWN_BY_NOW, field="password")
    if link.purpose is LinkPurpose.RESET and not link.is_mailed and works_elsewhere(link.user):
        raise Conflict(ELSEWHERE)


def _spend(link: StaffLink, *, at: datetime) -> None:
    spent = db.session.execute(
        update(StaffLink)
        .where(
            StaffLink.practice_id == link.practice_id,
            StaffLink.id == link.id,
            StaffLink.used_at.is_(None),
            StaffLink.revoked_at.is_(None),
        )
        .values(used_at=at)
        .returning(StaffLink.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if spent is None:
        raise Conflict("This link was used already.")


def keeps_password(link: StaffLink) -> bool:
    """The invited e-mail has a password from another practice: it is asked for, never replaced."""
    sign_in = db.session.get_one(SignIn, link.user.sign_in_id)
    return link.purpose is LinkPurpose.INVITE and sign_in.password_hash != ""


def works_elsewhere(user: User) -> bool:
    """The person's e-mail is a user of another practice too."""
    users_of_it = select(func.count()).where(User.sign_in_id == user.sign_in_id)
    return (db.session.scalar(users_of_it) or 0) > 1
