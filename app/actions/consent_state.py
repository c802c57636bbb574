"""What the consent ledger says of a person or a number right now: the newest decision holds, and a
number's STOP holds for everyone who shares it. A decision about one purpose (`appointment`) speaks for that
purpose only; one about `care` for all."""

from collections.abc import Callable, Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, or_, select

from app.actions import shared_numbers
from app.core.db import db
from app.models.consent import EVERYTHING, Consent, ConsentDecision
from app.models.contact_point import PhoneNumber
from app.models.patient import Patient

GIVEN, WITHDRAWN, UNKNOWN = "given", "withdrawn", "unknown"


def current(
    patient: Patient | None,
    number: PhoneNumber | None,
    *,
    channel: str = "sms",
    purpose: str = EVERYTHING,
) -> tuple[str, UUID | None]:
    """("given" | "withdrawn" | "unknown", id of the row that decides).

    A number's STOP outranks every older decision of the people who share it; consent itself is a
    person's, so an unknown number that texted START has given its own.
    """
    row = deciding(patient, number, channel=channel, purpose=purpose)
    if row is None:
        return UNKNOWN, None
    return (GIVEN if row.decision is ConsentDecision.GIVEN else WITHDRAWN), row.id


def deciding(
    patient: Patient | None,
    number: PhoneNumber | None,
    *,
    channel: str = "sms",
    purpose: str = EVERYTHING,
) -> Consent | None:
    """The row that decides, or None when nothing was ever said."""
    rows = _decisions(patient, number, channel, purpose)

    def is_shared() -> bool:
        if patient is None or number is None:
            return False
        return shared_numbers.others_use(number, patient)

    return decide(rows, patient, number, is_shared=is_shared)


def decide(
    rows: Sequence[Consent],
    patient: Patient | None,
    number: PhoneNumber | None,
    *,
    is_shared: Callable[[], bool],
) -> Consent | None:
    """The row that decides, of those that speak about this person and number, oldest first.

    `is_shared`, whether others use the number too, is asked only when it matters.
    """
    newest = newest_of(rows, has_patient=patient is not None)
    if patient is None or number is None or newest is None or newest.phone_number_id is not None:
        return newest
    if len(_heeded(rows)) == len(rows) or not is_shared():
        return newest
    return newest_of(rows, has_patient=True, is_shared=True)


def newest_of(
    rows: Sequence[Consent], *, has_patient: bool, is_shared: bool = False
) -> Consent | None:
    """The row that decides, of those that speak about a person and a number, oldest first.

    `is_shared`: others use the number too, so what the person said of this very number stands over a later
    yes for just any.
    """
    own = [row for row in rows if not has_patient or row.patient_id is not None]
    own = _heeded(own) if is_shared else own
    of_number = [row for row in rows if row.patient_id is None]
    newest = own[-1] if own else None
    if of_number and of_number[-1].decision is not ConsentDecision.GIVEN:
        stop = of_number[-1]
        if newest is None or rows.index(stop) >= rows.index(newest):
            return stop
    return newest


def _heeded(rows: Sequence[Consent]) -> list[Consent]:
    """Without each yes for any number that came after a word of the person's about this one."""
    heeded: list[Consent] = []
    said = False
    for row in rows:
        said = said or (row.patient_id is not None and row.phone_number_id is not None)
        general = row.phone_number_id is None and row.decision is ConsentDecision.GIVEN
        if not (said and general):
            heeded.append(row)
    return heeded


def practice_of(patient: Patient | None, number: PhoneNumber | None) -> UUID:
    """The practice whose ledger it is; either of the two may be missing, not both."""
    about = patient or number
    if about is None:
        raise ValueError("consent is about a person or a number")
    return about.practice_id


def _decisions(
    patient: Patient | None, number: PhoneNumber | None, channel: str, purpose: str
) -> list[Consent]:
    """Rows that speak about this person or this number, oldest first."""
    asked = {
        "practice_id": practice_of(patient, number),
        "channel": channel,
        "purposes": [EVERYTHING, purpose],
        "patient_id": patient.id if patient else None,
        "number_id": number.id if number else None,
    }
    told = {name: value for name, value in asked.items() if value is not None}
    found = _speaking(has_patient=patient is not None, has_number=number is not None)
    return list(db.session.scalars(found, told))


@cache
def _speaking(*, has_patient: bool, has_number: bool) -> Select[Consent]:
    """Built once for each kind of question: it is asked for every text."""
    here = Consent.phone_number_id == bindparam("number_id")
    about = []
    if has_patient:
        of_person = [Consent.patient_id == bindparam("patient_id")]
        if has_number:
            of_person.append(or_(Consent.phone_number_id.is_(None), here))
        about.append(and_(*of_person))
    if has_number:
        about.append(and_(Consent.patient_id.is_(None), here))
    return (
        select(Consent)
        .where(
            Consent.practice_id == bindparam("practice_id"),
            Consent.channel == bindparam("channel"),
            Consent.purpose.in_(bindparam("purposes", expanding=True)),
            or_(*about),
        )
        .order_by(Consent.recorded_at, Consent.id)
    )
