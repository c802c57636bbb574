"""Running a practice's staff: inviting somebody, and changing what is known of them. A practice always
keeps somebody who may do so."""

from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import select

from app.actions import staff_leaving, staff_links, users
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.models import patient_fields
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.staff_link import LinkPurpose
from app.models.user import CARE_ROLES, Role, SignIn, User
from app.value.npi import is_npi

LONGEST_NAME, LONGEST_CREDENTIAL = 120, 40
LAST_ADMIN = "{name} is the last admin who can sign in. Make somebody else an admin first."
#: What the ledger prints of somebody: changing it notes when, so that earlier work keeps what was.
PRINTED = frozenset({"name", "role", "credential", "npi", "supervisor_id"})


class Details(TypedDict, total=False):
    """What may be changed; what is left out stays as it is."""

    name: str
    role: Role
    credential: str | None
    npi: str | None
    languages: list[str]
    supervisor_id: UUID | None


def invite(
    practice: Practice, email: str, *, by: Actor, at: datetime, **details: Unpack[Details]
) -> tuple[User, str | None]:
    """Somebody who joins by a link: sent by e-mail, or given back to hand over. Raises Invalid and Conflict
    as `users.create` does."""
    values = _cleaned(practice.id, None, dict(details))
    address = users.clean_email(email)
    sign_in = db.session.scalars(select(SignIn).where(SignIn.email == address)).one_or_none()
    if sign_in is None:
        sign_in = SignIn(
            id=new_id(), email=address, password_hash="", failed_tries=0, created_at=at
        )
        db.session.add(sign_in)
    elif users.user_of(practice, sign_in) is not None:
        raise Conflict("This e-mail is on the list already. Open it there.")
    db.session.flush()
    user = User(
        practice_id=practice.id, sign_in_id=sign_in.id, is_active=False, created_at=at,
        **({"name": address.split("@")[0], "role": Role.NAVIGATOR} | values),
    )  # fmt: skip
    db.session.add(user)
    record(user, "user.invited", by=by, at=at, email=address, role=user.role.value)
    db.session.flush()
    _, link = staff_links.make(user, LinkPurpose.INVITE, by=by, at=at)
    return user, link


def change(user: User, *, by: Actor, at: datetime, **details: Unpack[Details]) -> list[str]:
    """Change what differs and return the names of it. Who no longer works with patients leaves their work
    to the pools. Raises Invalid, and Conflict for the last admin's role; then nothing is changed."""
    wanted = _cleaned(user.practice_id, user, dict(details))
    differing = {name: value for name, value in wanted.items() if getattr(user, name) != value}
    if not differing:
        return []
    if differing.get("role", Role.ADMIN) is not Role.ADMIN:
        check_not_last_admin(user)
    before = {name: getattr(user, name) for name in differing}
    for name, value in differing.items():
        setattr(user, name, value)
    if differing.keys() & PRINTED:
        user.changed_at = at
    record(user, "user.changed", by=by, at=at, before=_facts(before), after=_facts(differing))
    if user.role not in CARE_ROLES and "role" in differing:
        staff_leaving.hand_over(user, None, by=by, at=at)
    return sorted(differing)


def disable(user: User, to: User | None, *, by: Actor, at: datetime) -> staff_leaving.HandedOver:
    """Keep somebody out: their sessions and sockets end with the commit, their links die, and their open
    work goes to `to`, as far as that person sees it, else to the pools.

    Raises Conflict for the last admin.
    """
    if to is not None and (to.id == user.id or not to.may_own_work):
        raise Invalid("Choose somebody else who works with patients.", field="to_id")
    check_not_last_admin(user)
    staff_links.revoke_all(user, by=by, at=at)
    handed = staff_leaving.hand_over(user, to, by=by, at=at)
    users.set_active(user, False, by=by, at=at, tasks=handed.tasks, threads=handed.threads,
                     to=str(to.id) if to else None)  # fmt: skip
    return handed


def enable(user: User, *, by: Actor, at: datetime) -> None:
    """Let somebody in again with the password they had. Raises Conflict for who never joined."""
    if user.is_invited:
        raise Conflict("They have not joined yet. Send the invitation again.")
    users.set_active(user, True, by=by, at=at)


def check_not_last_admin(user: User) -> None:
    """Raise Conflict when nobody else could run the staff any more. Two admins who do this to each other
    at once wait here for one another."""
    if user.role is not Role.ADMIN or not user.is_active:
        return
    rows = select(User.id).where(
        User.practice_id == user.practice_id, User.role == Role.ADMIN, User.is_active
    )
    admins = db.session.scalars(rows.order_by(User.id).with_for_update()).all()
    if set(admins) <= {user.id}:
        raise Conflict(LAST_ADMIN.format(name=user.name))


def _cleaned(practice_id: UUID, user: User | None, wanted: dict[str, Any]) -> dict[str, Any]:
    """The details as they are stored. Raises Invalid."""
    if "name" in wanted:
        wanted["name"] = wanted["name"].strip()[:LONGEST_NAME]
        if not wanted["name"]:
            raise Invalid("A name is needed.", field="name")
    _clean_qualification(wanted)
    if "languages" in wanted:
        chosen = [each for each in wanted["languages"] if each.strip()]
        given = dict.fromkeys(patient_fields.clean_language(each) for each in chosen)
        wanted["languages"] = list(given)
        if not given:
            raise Invalid("Choose at least one language.", field="languages")
    if wanted.get("supervisor_id") is not None:
        _check_supervisor(practice_id, user, wanted["supervisor_id"])
    return wanted


def _clean_qualification(wanted: dict[str, Any]) -> None:
    for name in ("credential", "npi"):
        if name in wanted:
            wanted[name] = (wanted[name] or "").strip() or None
    if len(wanted.get("credential") or "") > LONGEST_CREDENTIAL:
        raise Invalid(f"At most {LONGEST_CREDENTIAL} characters.", field="credential")
    if wanted.get("npi") and not is_npi(wanted["npi"]):
        raise Invalid("This is no NPI: ten digits, the last one a check digit.", field="npi")


def _check_supervisor(practice_id: UUID, user: User | None, supervisor_id: UUID) -> None:
    """Somebody active of the practice, and never in a circle."""
    rows = select(User.id, User.supervisor_id, User.is_active)
    found = {
        each.id: each for each in db.session.execute(rows.where(User.practice_id == practice_id))
    }
    first = found.get(supervisor_id)
    if first is None or not first.is_active:
        raise Invalid("Choose somebody who works here.", field="supervisor_id")
    above, seen = first, {first.id}
    while above.supervisor_id in found and above.supervisor_id not in seen:
        above = found[above.supervisor_id]
        seen.add(above.id)
    if user is not None and user.id in seen:
        raise Invalid("Nobody supervises themselves, also not in a circle.", field="supervisor_id")


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, UUID) else value for name, value in values.items()
    }
