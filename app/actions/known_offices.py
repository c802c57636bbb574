"""Which referring office is meant: by an id another system sent before, by the name it has or had, by a
number that is its alone. Staff may call it something else meanwhile."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.actions import source_links
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.referral import Referrer
from app.queries.known_names import find_former, is_name
from messaging import phone as phones
from messaging.errors import BadNumber


def find(
    practice_id: UUID,
    name: str | None,
    *,
    ids: Iterable[str] = (),
    fax: str | None = None,
    phone: str | None = None,
) -> Referrer | None:
    """The surest first; of a record that was merged, the one that stands for it. A number finds an office
    only when no other has it."""
    known = [each for each in ids if each]
    if found := source_links.find(practice_id, Referrer.__tablename__, known):
        return _get(practice_id, next(found[each] for each in known if each in found))
    office = (_named(practice_id, name) if name else None) or _reached(practice_id, fax, phone)
    if office is not None:
        source_links.keep(office, known)
    return office


def note_ids(office: Referrer, ids: Iterable[str]) -> None:
    """A new office is found by these from now on."""
    source_links.keep(office, dict.fromkeys(each for each in ids if each))


def standing_for(office: Referrer) -> Referrer:
    """The record itself, or the one it was merged into."""
    if office.merged_into_id is None:
        return office
    return db.session.get_one(Referrer, (office.practice_id, office.merged_into_id))


def _named(practice_id: UUID, name: str) -> Referrer | None:
    clean = " ".join(name.split())
    rows = select(Referrer).where(
        Referrer.practice_id == practice_id, is_name(Referrer.name, clean)
    )
    exact_first = rows.order_by((Referrer.name == clean).desc(), Referrer.created_at, Referrer.id)
    if found := db.session.scalars(exact_first.limit(1)).first():
        return standing_for(found)
    former = find_former(practice_id, Referrer.__tablename__, clean)
    return _get(practice_id, former) if former else None


def _reached(practice_id: UUID, fax: str | None, phone: str | None) -> Referrer | None:
    if (number := _e164(fax)) is not None:
        rows = select(Referrer).where(
            Referrer.practice_id == practice_id, Referrer.fax.in_([number, fax])
        )
        rows = rows.where(Referrer.merged_into_id.is_(None))
        same = list(db.session.scalars(rows.limit(2)))
        if len(same) == 1:
            return same[0]
    if (number := _e164(phone)) is None:
        return None
    owner = db.session.scalar(
        select(PhoneNumber.referrer_id).where(
            PhoneNumber.practice_id == practice_id, PhoneNumber.e164 == number
        )
    )
    return _get(practice_id, owner) if owner else None


def _get(practice_id: UUID, office_id: UUID) -> Referrer | None:
    found = db.session.get(Referrer, (practice_id, office_id))
    return standing_for(found) if found is not None else None


def _e164(text: str | None) -> str | None:
    try:
        return phones.parse(text) if text else None
    except BadNumber:
        return None
