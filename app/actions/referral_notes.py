"""Questions and answers about one referral, between its office and the care team. A question waits until
staff answered or said that none is needed; an answer goes out as an e-mail that only says that one is
there."""

from datetime import datetime

from app.actions import mail, office_mail
from app.core.db import db
from app.core.errors import Invalid
from app.models.event import record
from app.models.mail import MailKind
from app.models.referral import Referral
from app.models.referral_intake import ReferralNote
from app.models.viewer import Viewer

LONGEST = 2000
LONGEST_NAME = 120


def ask(referral: Referral, body: str, *, name: str, by: Viewer, at: datetime) -> ReferralNote:
    """The office writes. Raises Invalid when something is missing."""
    who = " ".join(name.replace("\0", "").split())[:LONGEST_NAME]
    if not who:
        raise Invalid("Write your name.", field="asker")
    made = _write(referral, body, at=at, is_from_office=True, author_name=who)
    referral.office_asked_at = referral.office_asked_at or at
    record(referral, "referral.office_asked", by=by.actor, at=at)
    return made


def answer(referral: Referral, body: str, *, by: Viewer, at: datetime) -> ReferralNote:
    """The care team writes; the office gets a notice when it has an address."""
    made = _write(referral, body, at=at, author_id=by.id, author_name=by.name)
    referral.office_asked_at = None
    record(referral, "referral.office_answered", by=by.actor, at=at)
    office = referral.referrer
    if office is not None and office.email and mail.is_set_up():
        office_mail.queue(
            referral.practice_id, MailKind.OFFICE_ANSWER, referral.id, office.email,
            by=by.actor, at=at, patient_id=referral.patient_id,
        )  # fmt: skip
    return made


def settle(referral: Referral, *, by: Viewer, at: datetime) -> None:
    """No answer is needed."""
    if referral.office_asked_at is not None:
        referral.office_asked_at = None
        record(referral, "referral.office_settled", by=by.actor, at=at)


def _write(referral: Referral, body: str, *, at: datetime, is_from_office: bool = False,
           **author: object) -> ReferralNote:  # fmt: skip
    said = body.replace("\0", "").strip()[:LONGEST]
    if not said:
        raise Invalid("Write something first.", field="note_body")
    made = ReferralNote(
        practice_id=referral.practice_id,
        referral_id=referral.id,
        is_from_office=is_from_office,
        body=said,
        at=at,
        **author,
    )
    db.session.add(made)
    return made
