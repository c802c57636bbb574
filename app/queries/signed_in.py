"""Who is signed in: from what a session cookie names to a viewer, or nobody. Read on every request and
again whenever a socket asks for something, because a socket's cookie is a copy made at connect."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select

from app.core.db import db, enter_practice
from app.core.ids import parse_id
from app.models.practice import Practice
from app.models.staff_session import StaffSession
from app.models.user import User
from app.models.viewer import Viewer, user_viewer


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What the cookie names: the user, the epoch they signed in under, and the session."""

    practice_id: UUID
    user_id: UUID
    epoch: int
    session_id: UUID

    @classmethod
    def parse(cls, user_key: object, session_id: object) -> "SessionKey | None":
        """From `practice_id:user_id:epoch` and the session's id; None when either is odd."""
        practice, _, rest = str(user_key or "").partition(":")
        user, _, epoch = rest.partition(":")
        ids = parse_id(practice), parse_id(user), parse_id(str(session_id or ""))
        if ids[0] is None or ids[1] is None or ids[2] is None or not epoch.isdecimal():
            return None
        return cls(ids[0], ids[1], int(epoch), ids[2])

    @property
    def user_key(self) -> str:
        return f"{self.practice_id}:{self.user_id}:{self.epoch}"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member of staff with an open session."""

    key: SessionKey
    viewer: Viewer
    practice: Practice
    sign_in_id: UUID
    active_at: datetime


def find_signed_in(key: SessionKey, *, at: datetime) -> SignedIn | None:
    """The signed-in staff member; None when signed out, idle too long, disabled or moved on."""
    enter_practice(key.practice_id)
    statement = (
        select(User, StaffSession, Practice)
        .join(StaffSession, and_(
            StaffSession.practice_id == User.practice_id, StaffSession.user_id == User.id))
        .join(Practice, Practice.id == User.practice_id)
        .where(User.practice_id == key.practice_id, User.id == key.user_id,
               StaffSession.id == key.session_id)
        .execution_options(populate_existing=True)
    )  # fmt: skip
    found = db.session.execute(statement).one_or_none()
    if found is None:
        return None
    user, session, practice = found
    if not user.is_active or user.session_epoch != key.epoch or not session.is_open(at=at):
        return None
    return SignedIn(key, user_viewer(user), practice, user.sign_in_id, session.active_at)


@dataclass(frozen=True, slots=True)
class Seat:
    """One of the practices a sign-in e-mail works in."""

    user: User
    practice: Practice


def seats_of(sign_in_id: UUID) -> list[Seat]:
    """Active users of one sign-in over its practices, by practice name."""
    statement = (
        select(User, Practice)
        .join(Practice, Practice.id == User.practice_id)
        .where(User.sign_in_id == sign_in_id, User.is_active)
        .order_by(Practice.name, Practice.id)
    )
    return [Seat(user, practice) for user, practice in db.session.execute(statement)]
