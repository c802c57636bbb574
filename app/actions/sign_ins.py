"""Signing in with e-mail and password, and the sessions that follow. An unknown e-mail costs the same
time and gives the same answer as a wrong password; too many tries lock the e-mail for a while."""

from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update

from app.actions.users import hasher
from app.core.db import db
from app.core.ids import new_id
from app.models.event import Actor, record
from app.models.staff_session import StaffSession
from app.models.user import SignIn, User

FREE_TRIES = 5
LONGEST_LOCK_MINUTES = 15


def find_sign_in(email: str) -> SignIn | None:
    wanted = email.strip().lower()
    return db.session.scalars(select(SignIn).where(SignIn.email == wanted)).one_or_none()


@cache
def _nobody() -> str:
    """A hash no password is known for: verified against when the e-mail is unknown, or only invited."""
    return hasher.hash(str(new_id()))


def is_right(sign_in: SignIn | None, password: str, *, at: datetime) -> bool:
    """Whether the password opens this sign-in now. Slow on purpose, so call it with nothing open."""
    try:
        hasher.verify((sign_in and sign_in.password_hash) or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return sign_in is not None and (sign_in.locked_until is None or sign_in.locked_until <= at)


def note_failure(sign_in_id: UUID, *, at: datetime) -> None:
    """Count a wrong try; from the sixth on the e-mail is locked, each time longer, 15 min at most."""
    tries = db.session.scalar(
        update(SignIn)
        .where(SignIn.id == sign_in_id)
        .values(failed_tries=SignIn.failed_tries + 1)
        .returning(SignIn.failed_tries)
    )
    if tries is not None and tries > FREE_TRIES:
        minutes = min(2 ** (tries - FREE_TRIES - 1), LONGEST_LOCK_MINUTES)
        until = at + timedelta(minutes=minutes)
        db.session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(locked_until=until))


def start(user: User, *, at: datetime) -> StaffSession:
    """Open a fresh session for this user and forget the failed tries."""
    opened = StaffSession(
        practice_id=user.practice_id, user_id=user.id, started_at=at, active_at=at
    )
    db.session.add(opened)
    db.session.execute(
        update(SignIn).where(SignIn.id == user.sign_in_id).values(failed_tries=0, locked_until=None)
    )
    record(user, "user.signed_in", by=Actor("user", user.id), at=at)
    return opened


def find_session(practice_id: UUID, session_id: UUID) -> StaffSession | None:
    return db.session.get(StaffSession, (practice_id, session_id))


def end(session: StaffSession, *, at: datetime) -> None:
    """Sign out: this session is over on the server."""
    if session.ended_at is None:
        session.end(at=at)
        user = db.session.get_one(User, (session.practice_id, session.user_id))
        record(user, "user.signed_out", by=Actor("user", user.id), at=at)
