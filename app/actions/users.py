"""Members of staff: their user in a practice, their sign-in (one e-mail may serve several practices,
argon2), and the teams they are on."""

import re
from datetime import datetime
from typing import Any, TypedDict, Unpack

from argon2 import PasswordHasher
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import new_id
from app.models.care_team import CareTeam, CareTeamMember
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.user import Role, SignIn, User

# OWASP ASVS 5.0, 6.2.1 (at least 8) and 6.2.9 (at least 64 allowed).
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 256
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
#: The one hasher, for setting and for checking: a sign-in nobody has must cost the same time as one
#: that exists. 19 MiB, 2 passes, 1 lane: OWASP Password Storage Cheat Sheet, argon2id.
hasher = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)


class UserDetails(TypedDict, total=False):
    credential: str | None
    npi: str | None
    languages: list[str]


def create(
    practice: Practice,
    email: str,
    name: str,
    role: Role,
    password: str | None,
    *,
    by: Actor,
    at: datetime,
    **details: Unpack[UserDetails],
) -> User:
    """A user of the practice. An e-mail known from another practice gets a second user and keeps its
    password: nobody can set the password of somebody else's sign-in from their own practice.

    Raises Invalid for an unusable e-mail, name or password, Conflict when they are a user already.
    """
    address = clean_email(email)
    if not name.strip():
        raise Invalid("A name is needed.", field="name")
    sign_in = db.session.scalars(select(SignIn).where(SignIn.email == address)).one_or_none()
    if sign_in is None:
        sign_in = SignIn(
            id=new_id(), email=address, password_hash=hash_password(password), failed_tries=0,
            created_at=at,
        )  # fmt: skip
        db.session.add(sign_in)
    elif user_of(practice, sign_in) is not None:
        raise Conflict("This e-mail is a user of the practice already.")
    db.session.flush()
    user = User(
        practice_id=practice.id, sign_in_id=sign_in.id, name=name.strip(), role=Role(role),
        created_at=at, joined_at=at, **details,
    )  # fmt: skip
    db.session.add(user)
    record(user, "user.created", by=by, at=at, role=user.role.value)
    return user


def join_team(user: User, team: CareTeam, *, by: Actor, at: datetime) -> None:
    """Put the user on the team; on it already = nothing happens."""
    if user.practice_id != team.practice_id:
        raise Invalid("The team belongs to another practice.", field="care_team_id")
    if _membership(user, team) is not None:
        return
    db.session.add(
        CareTeamMember(practice_id=team.practice_id, care_team_id=team.id, user_id=user.id)
    )
    record(user, "user.joined_team", by=by, at=at, care_team_id=str(team.id))


def leave_team(user: User, team: CareTeam, *, by: Actor, at: datetime) -> None:
    """Take the user off the team; their open sessions see less from the next request on."""
    member = _membership(user, team)
    if member is None:
        return
    db.session.delete(member)
    user.session_epoch += 1
    record(user, "user.left_team", by=by, at=at, care_team_id=str(team.id))


def set_password(user: User, password: str, *, by: Actor, at: datetime) -> None:
    """A new password for the user's sign-in; every open session of all its users ends.

    Raises Forbidden when the e-mail also works elsewhere: then only its owner may change it.
    """
    sign_in = db.session.get_one(SignIn, user.sign_in_id)
    users = db.session.scalars(select(User).where(User.sign_in_id == sign_in.id)).all()
    is_own = by.kind == "user" and by.id in {each.id for each in users}
    if len(users) > 1 and not is_own:
        raise Forbidden("This e-mail also works in another practice: only its owner may change it.")
    sign_in.password_hash = hash_password(password)
    sign_in.failed_tries, sign_in.locked_until = 0, None
    for each in users:
        each.session_epoch += 1
    record(user, "user.password_set", by=by, at=at)


def find(practice: Practice, email: str) -> User:
    """The user of the practice with this e-mail. Raises NotFound."""
    found = db.session.scalars(
        select(User)
        .join(SignIn, SignIn.id == User.sign_in_id)
        .where(User.practice_id == practice.id, SignIn.email == clean_email(email))
    ).one_or_none()
    if found is None:
        raise NotFound("Nobody in this practice signs in with that e-mail.")
    return found


def set_active(user: User, is_active: bool, *, by: Actor, at: datetime, **facts: Any) -> None:
    """Let the user in or keep them out of this practice; keeping out ends their open sessions at once.

    What they leave behind goes with them only by `actions.staff.disable`.
    """
    if user.is_active is is_active:
        return
    user.is_active = is_active
    user.session_epoch += 1
    record(user, "user.enabled" if is_active else "user.disabled", by=by, at=at, **facts)


def hash_password(password: str | None) -> str:
    """The argon2id hash; raises Invalid for a password too short or absurdly long."""
    if password is None or not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
            field="password",
        )
    return hasher.hash(password)


def clean_email(email: str) -> str:
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise Invalid("This is not an e-mail address.", field="email")
    return address


def user_of(practice: Practice, sign_in: SignIn) -> User | None:
    """The user a sign-in is in this practice."""
    return db.session.scalars(
        select(User).where(User.practice_id == practice.id, User.sign_in_id == sign_in.id)
    ).one_or_none()


def _membership(user: User, team: CareTeam) -> CareTeamMember | None:
    return db.session.scalars(
        select(CareTeamMember).where(
            CareTeamMember.practice_id == team.practice_id,
            CareTeamMember.care_team_id == team.id,
            CareTeamMember.user_id == user.id,
        )
    ).one_or_none()
