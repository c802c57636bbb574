"""The directory of community organizations: added, changed, retired, taken back into use. Each change keeps
what stood there before."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.actions import address_cards, former_names, mail, organization_numbers
from app.actions.organization_numbers import Texts
from app.core.db import db
from app.core.errors import Invalid
from app.models.community_organization import (
    NEEDS_VERSION,
    Capacity,
    CommunityOrganization,
    Need,
)
from app.models.event import Actor, record
from app.models.patient_fields import clean_text
from messaging import phone as numbers
from messaging.errors import BadNumber
from messaging.languages import LANGUAGES

LONGEST_NAME, LONGEST = 120, 300


@dataclass(frozen=True, slots=True)
class Entry:
    """What the directory says of one organization, as typed."""

    name: str
    needs: Sequence[str] = ()
    languages: Sequence[str] = ("en",)
    capacity: str = Capacity.OPEN
    serves: str = ""
    hours: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    texts: Texts = field(default_factory=Texts)


def add(practice_id: UUID, entry: Entry, *, by: Actor, at: datetime) -> CommunityOrganization:
    """A new one. Raises Invalid with the field that cannot be used."""
    values = _clean(practice_id, entry, None)
    made = CommunityOrganization(practice_id=practice_id, created_at=at, **values)
    db.session.add(made)
    db.session.flush()
    record(made, "organization.added", by=by, at=at, after=values, needs_version=NEEDS_VERSION)
    organization_numbers.choose(made, entry.texts, by=by, at=at)
    return made


def change(one: CommunityOrganization, entry: Entry, *, by: Actor, at: datetime) -> bool:
    """Write it anew; False when nothing differs. Raises Invalid as `add` does."""
    values = _clean(one.practice_id, entry, one.id)
    before = {name: getattr(one, name) for name in values}
    changed = [name for name in values if values[name] != before[name]]
    texted = organization_numbers.choose(one, entry.texts, by=by, at=at)
    if not changed:
        return texted
    for name in changed:
        setattr(one, name, values[name])
    if "email" in changed:
        address_cards.settle(one, by=by, at=at)
    if "name" in changed:
        former_names.remember(one, before["name"])
    record(one, "organization.changed", by=by, at=at, needs_version=NEEDS_VERSION,
           before={name: before[name] for name in changed},
           after={name: values[name] for name in changed})  # fmt: skip
    return True


def retire(one: CommunityOrganization, *, by: Actor, at: datetime) -> None:
    """It is not offered any more; what was asked of it before stays."""
    if one.retired_at is None:
        one.retired_at = at
        record(one, "organization.retired", by=by, at=at)


def bring_back(one: CommunityOrganization, *, by: Actor, at: datetime) -> None:
    if one.retired_at is not None:
        one.retired_at = None
        record(one, "organization.brought_back", by=by, at=at)


def _clean(practice_id: UUID, entry: Entry, own_id: UUID | None) -> dict[str, Any]:
    name = _line("name", " ".join(entry.name.split()), LONGEST_NAME)
    if name is None:
        raise Invalid("Write its name.", field="name")
    _check_new(practice_id, name, own_id)
    if entry.capacity not in set(Capacity):
        raise Invalid("Choose whether it has room.", field="capacity")
    texts = {
        each: _line(each, asdict(entry)[each], LONGEST) for each in ("serves", "hours", "address")
    }
    return {
        "name": name,
        "needs": _chosen("needs", entry.needs, list(Need), "Choose what it helps with."),
        "needs_version": NEEDS_VERSION,
        "languages": _chosen(
            "languages", entry.languages, LANGUAGES, "Choose the languages it speaks."
        ),
        "capacity": Capacity(entry.capacity),
        "phone": _phone(entry.phone),
        "email": mail.clean_address(entry.email) if entry.email.strip() else None,
        **texts,
    }


def _check_new(practice_id: UUID, name: str, own_id: UUID | None) -> None:
    same = select(CommunityOrganization.id).where(
        CommunityOrganization.practice_id == practice_id,
        func.lower(CommunityOrganization.name) == name.lower(),
    )
    if any(found != own_id for found in db.session.scalars(same)):
        raise Invalid("An organization of that name is in the directory already.", field="name")


def _chosen(field: str, given: Sequence[str], known: Collection[str], ask: str) -> list[str]:
    """In the list's own order, each once."""
    if not given or set(given) - set(known):
        raise Invalid(ask, field=field)
    return [str(each) for each in known if each in given]


def _line(field: str, text: str, longest: int) -> str | None:
    if not text.strip():
        return None
    try:
        return clean_text(text, longest)
    except Invalid as error:
        raise Invalid(error.person_text, field=field) from None


def _phone(text: str) -> str | None:
    if not text.strip():
        return None
    try:
        return numbers.parse(text)
    except BadNumber as error:
        raise Invalid(error.person_text, field="phone") from None
