"""Offices that refer patients: found by name or made, changed, and their links."""

from datetime import datetime
from secrets import choice
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.actions import address_cards, mail, office_numbers, partner_links
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.partner_link import LinkScope
from app.models.referral import Referrer
from messaging import phone as phones
from messaging.errors import BadNumber

#: None that a fax makes into another.
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MOST_PHONES = 20
LINKS = (LinkScope.INTAKE, LinkScope.OFFICE)


def find_or_add(
    practice_id: UUID,
    name: str,
    *,
    email: str | None = None,
    fax: str | None = None,
    phone: str | None = None,
    by: Actor,
    at: datetime,
) -> Referrer:
    """The office of this name; one that is known stays as it is."""
    found = db.session.scalars(
        select(Referrer).where(Referrer.practice_id == practice_id, Referrer.name == name.strip())
    ).one_or_none()
    if found is not None:
        return found
    made = Referrer(
        practice_id=practice_id, name=name.strip(), email=email, fax=fax, phone=phone,
        form_code=new_code(), created_at=at,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if phone:
        office_numbers.claim_free(made, phone, at=at)
    record(made, "referrer.added", by=by, at=at)
    return made


def new_code() -> str:
    """Six letters and digits for an office's printed form; no secret, only short to type."""
    return "".join(choice(_LETTERS) for _ in range(6))


def find_by_code(practice_id: UUID, code: str) -> Referrer | None:
    """The office whose printed form carries this code, however it was typed."""
    typed = "".join(char for char in code.upper() if char.isalnum())[:12]
    return db.session.scalars(
        select(Referrer).where(Referrer.practice_id == practice_id, Referrer.form_code == typed)
    ).one_or_none()


def update(
    office: Referrer,
    *,
    email: str,
    phone: str,
    fax: str,
    clinicians: str,
    more_phones: str = "",
    by: Actor,
    at: datetime,
) -> None:
    """How the office is reached, its other numbers (one a line), who works there. Raises Invalid with its
    field."""
    before = _reached(office)
    office.email = mail.clean_address(email) if email.strip() else None
    office.phone, office.fax = _number(phone, "phone"), _number(fax, "fax")
    more = [_number(line, "more_phones") for line in more_phones.splitlines()]
    office_numbers.set_numbers(office, [office.phone, *more[:MOST_PHONES]], at=at)
    names = [" ".join(each.split())[:120] for each in clinicians.splitlines()]
    office.clinicians = [each for each in names if each][:40]
    after = _reached(office)
    differing = [name for name in after if after[name] != before[name]]
    record(office, "referrer.changed", by=by, at=at,
           before={name: before[name] for name in differing},
           after={name: after[name] for name in differing})  # fmt: skip
    if "email" in differing:
        address_cards.settle(office, by=by, at=at)


def _reached(office: Referrer) -> dict[str, Any]:
    names = ("email", "phone", "fax", "clinicians")
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
