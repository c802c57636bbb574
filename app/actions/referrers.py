"""Offices that refer patients: found again or made, changed, renamed, and their links."""

from collections.abc import Iterable
from datetime import datetime
from secrets import choice
from typing import Any, Required, TypedDict, Unpack
from uuid import UUID

from sqlalchemy import func, select

from app.actions import (
    address_cards,
    former_names,
    known_offices,
    mail,
    office_numbers,
    partner_links,
)
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.partner_link import LinkScope
from app.models.patient_fields import clean_text
from app.models.referral import Referrer
from messaging import phone as phones
from messaging.errors import BadNumber

#: None that a fax makes into another.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MOST_PHONES = 20
LONGEST_NAME = 120
LINKS = (LinkScope.INTAKE, LinkScope.OFFICE)


def find_or_add(
    practice_id: UUID,
    name: str,
    *,
    email: str | None = None,
    fax: str | None = None,
    phone: str | None = None,
    ids: Iterable[str] = (),
    by: Actor,
    at: datetime,
) -> Referrer:
    """The office that is meant (see `known_offices`), as it is; else a new one. `ids` are the sender's."""
    ids = list(ids)
    found = known_offices.find(practice_id, name, ids=ids, fax=fax, phone=phone)
    if found is not None:
        return found
    made = Referrer(
        practice_id=practice_id, name=name.strip(), email=email, fax=fax, phone=phone,
        form_code=new_code(), created_at=at,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    known_offices.note_ids(made, ids)
    if phone:
        office_numbers.claim_free(made, phone, at=at)
    record(made, "referrer.added", by=by, at=at)
    return made


class Reached(TypedDict, total=False):
    """How an office is reached, as somebody typed it: numbers and clinicians one a line. No `name` keeps the
    one it has."""

    name: str | None
    email: Required[str]
    phone: Required[str]
    fax: Required[str]
    clinicians: Required[str]
    more_phones: str


def add(practice_id: UUID, *, by: Actor, at: datetime, **reached: Unpack[Reached]) -> Referrer:
    """An office before its first referral. Raises Invalid with its field, for a name that is there too."""
    made = Referrer(
        practice_id=practice_id, name=_free_name(practice_id, reached.get("name") or ""),
        form_code=new_code(), created_at=at,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    record(made, "referrer.added", by=by, at=at)
    _write(made, reached, at=at)
    return made


def new_code() -> str:
    """Six letters and digits for an office's printed form; no secret, only short to type."""
    return "".join(choice(_LETTERS) for _ in range(6))


def renew_code(office: Referrer, *, by: Actor, at: datetime) -> None:
    """Its printed forms open nothing any more; the next ones do."""
    office.form_code = new_code()
    record(office, "referrer.code_renewed", by=by, at=at)


def find_by_code(practice_id: UUID, code: str) -> Referrer | None:
    """The office whose printed form carries this code, however it was typed."""
    typed = "".join(char for char in code.upper() if char.isalnum())[:12]
    found = db.session.scalars(
        select(Referrer).where(Referrer.practice_id == practice_id, Referrer.form_code == typed)
    ).one_or_none()
    return known_offices.standing_for(found) if found is not None else None


def update(office: Referrer, *, by: Actor, at: datetime, **reached: Unpack[Reached]) -> None:
    """Its name, how it is reached, its other numbers, who works there. Raises Invalid with its field."""
    before = _reached(office)
    name = reached.get("name")
    if name is not None and name.strip() != office.name:
        former, office.name = office.name, _free_name(office.practice_id, name, unless=office.id)
        former_names.remember(office, former)
    _write(office, reached, at=at)
    after = _reached(office)
    differing = [name for name in after if after[name] != before[name]]
    record(office, "referrer.changed", by=by, at=at,
           before={name: before[name] for name in differing},
           after={name: after[name] for name in differing})  # fmt: skip
    if "email" in differing:
        address_cards.settle(office, by=by, at=at)


def _write(office: Referrer, reached: Reached, *, at: datetime) -> None:
    email = reached["email"]
    office.email = mail.clean_address(email) if email.strip() else None
    office.phone, office.fax = _number(reached["phone"], "phone"), _number(reached["fax"], "fax")
    lines = reached.get("more_phones", "").splitlines()
    more = [_number(line, "more_phones") for line in lines]
    office_numbers.set_numbers(office, [office.phone, *more[:MOST_PHONES]], at=at)
    names = [" ".join(each.split())[:120] for each in reached["clinicians"].splitlines()]
    office.clinicians = [each for each in names if each][:40]


def _free_name(practice_id: UUID, text: str, *, unless: UUID | None = None) -> str:
    """A name no office has yet, whatever its capitals. Raises Invalid."""
    name = " ".join(text.split())
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(f"Write its name, in up to {LONGEST_NAME} characters.", field="name")
    clean_text(name, LONGEST_NAME)
    same = select(Referrer.id).where(
        Referrer.practice_id == practice_id, func.lower(Referrer.name) == name.lower()
    )
    if any(found != unless for found in db.session.scalars(same)):
        raise Invalid("An office of this name is there already.", field="name")
    return name


def _reached(office: Referrer) -> dict[str, Any]:
    names = ("name", "email", "phone", "fax", "clinicians")
    return {name: getattr(office, name) for name in names}


def make_link(office: Referrer, scope: LinkScope, *, by: Actor, at: datetime) -> str:
    """A fresh link for the office, shown once; the ones of before end. One live link per office and kind."""
    if scope not in LINKS:
        raise Invalid("Choose what the link is for.", field="scope")
    revoke_links(office, scope, by=by, at=at)
    _, address = partner_links.make(office.practice_id, scope, office.id, by=by, at=at)
    return address


def revoke_links(office: Referrer, scope: LinkScope, *, by: Actor, at: datetime) -> int:
    return partner_links.revoke_all(office.practice_id, scope, office.id, by=by, at=at)


def _number(text: str, field: str) -> str | None:
    if not text.strip():
        return None
    try:
        return phones.parse(text)
    except BadNumber:
        raise Invalid("Write all ten digits, or leave it empty.", field=field) from None
