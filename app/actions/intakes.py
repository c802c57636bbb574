"""Patients that offices refer through their link: kept as written, then matched to a patient by a person,
or put aside with the reason. The week runs from when the office sent it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from app.actions import digests, referrals
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.referral_intake import IntakeStatus, ReferralIntake
from app.models.viewer import Viewer
from messaging import phone as phones
from messaging.errors import BadNumber

#: More than an office refers before anybody looks; from then on its link takes no more.
MOST_WAITING = 25
LONGEST_NAME, LONGEST_REASON = 80, 1000
OLDEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Written:
    """What stood in the form."""

    given_name: str
    family_name: str
    birth_date: str
    reason: str
    phone: str = ""
    referred_by: str = ""


def submit(office: Referrer, written: Written, *, by: Actor, at: datetime) -> ReferralIntake:
    """Keep what an office wrote. Raises Invalid with its field, Conflict when too much waits."""
    waiting = db.session.scalar(
        select(func.count()).where(
            ReferralIntake.practice_id == office.practice_id,
            ReferralIntake.referrer_id == office.id,
            ReferralIntake.status == IntakeStatus.WAITING,
        )
    )
    if (waiting or 0) >= MOST_WAITING:
        raise Conflict("Your earlier referrals wait to be looked at. Please call us for this one.")
    practice = db.session.get_one(Practice, office.practice_id)
    made = ReferralIntake(
        practice_id=office.practice_id,
        referrer_id=office.id,
        given_name=_line(written.given_name, "given_name", "Write their first name."),
        family_name=_line(written.family_name, "family_name", "Write their last name."),
        birth_date=_birth_date(written.birth_date, at),
        phone=_number(written.phone, practice.country),
        referred_by=_clean(written.referred_by)[:LONGEST_NAME] or None,
        reason=_reason(written.reason),
        status=IntakeStatus.WAITING,
        received_at=at,
    )
    db.session.add(made)
    record(made, "referral_intake.received", by=by, at=at)
    return made


def accept(intake: ReferralIntake, patient: Patient, *, by: Viewer, at: datetime) -> Referral:
    """It is this patient: their referral begins, received when the office sent it.

    Raises Conflict when it was settled already.
    """
    _check_waiting(intake)
    referral = referrals.create(
        patient, reason=intake.reason, by=by.actor, at=at, received_at=intake.received_at,
        referrer=intake.referrer, referred_by=intake.referred_by, source_id=f"intake:{intake.id}",
        owner_id=by.id,
    )  # fmt: skip
    intake.referral_id = referral.id
    _settle(intake, IntakeStatus.ACCEPTED, by=by, at=at)
    return referral


def dismiss(intake: ReferralIntake, why: str, *, by: Viewer, at: datetime) -> None:
    """Put it aside: sent twice, not a referral, nobody we know. Raises Invalid without a reason."""
    _check_waiting(intake)
    said = _clean(why)[:200]
    if not said:
        raise Invalid("Write why it is put aside.", field="why")
    intake.dismissed_why = said
    _settle(intake, IntakeStatus.DISMISSED, by=by, at=at)
    digests.send_news(intake.referrer, by=by.actor, at=at)


def put_back(intake: ReferralIntake, *, by: Viewer, at: datetime) -> None:
    """Undo a dismissal."""
    if intake.status is not IntakeStatus.DISMISSED:
        raise Conflict("This was not put aside.")
    intake.dismissed_why = None
    _settle(intake, IntakeStatus.WAITING, by=by, at=at)


def _settle(intake: ReferralIntake, status: IntakeStatus, *, by: Viewer, at: datetime) -> None:
    waits = status is IntakeStatus.WAITING
    intake.status = status
    intake.settled_at = None if waits else at
    intake.settled_by_id = by.id if by.kind == "user" and not waits else None
    record(intake, f"referral_intake.{status.value}", by=by.actor, at=at)


def _check_waiting(intake: ReferralIntake) -> None:
    if intake.status is not IntakeStatus.WAITING:
        raise Conflict("Somebody has seen to this one already.")


def _clean(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _line(text: str, field: str, lacking: str) -> str:
    said = _clean(text)[:LONGEST_NAME]
    if not said:
        raise Invalid(lacking, field=field)
    return said


def _reason(text: str) -> str:
    said = text.replace("\0", "").strip()[:LONGEST_REASON]
    if not said:
        raise Invalid("Write why you refer them.", field="reason")
    return said


def _birth_date(text: str, at: datetime) -> date:
    try:
        born = date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("Write their birth date.", field="birth_date") from None
    if not OLDEST <= born <= at.date():
        raise Invalid("That birth date cannot be right.", field="birth_date")
    return born


def _number(text: str, country: str) -> str | None:
    if not text.strip():
        return None
    try:
        return phones.parse(text[:40], region=country)
    except BadNumber:
        raise Invalid("Write all ten digits, or leave it empty.", field="phone") from None
