"""Letters to the referring office: approved by a person, sent as a link or printed for fax, opened,
acknowledged, taken back, or come back. Only an opened, acknowledged or attested one counts as told."""

from datetime import datetime

from sqlalchemy import select

from app.actions import mail, office_mail
from app.actions.referral_cards import ask_to_tell
from app.actions.referral_updates import record_update
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import SYSTEM, Actor, record
from app.models.mail import MailKind
from app.models.referral import Referral
from app.models.referral_letter import LetterWay, ReferralLetter
from app.models.viewer import Viewer
from messaging import pcp_update

LONGEST = 8000


def approve(
    referral: Referral, way: LetterWay, body: str, *, by: Viewer, at: datetime
) -> ReferralLetter:
    """A person read these words and stands by them; a link goes out by e-mail.

    Raises Invalid when the last line was not completed, or the office has no e-mail to send to.
    """
    if not pcp_update.is_complete(body):
        raise Invalid("Complete the last line: what do we do next?", field="body")
    letter = ReferralLetter(
        practice_id=referral.practice_id,
        referral_id=referral.id,
        way=way,
        body=body.strip()[:LONGEST],
        approved_at=at,
        approved_by_id=by.id if by.kind == "user" else None,
    )
    db.session.add(letter)
    db.session.flush()
    record(referral, "referral.letter_approved", by=by.actor, at=at, way=way.value)
    if way is LetterWay.LINK:
        _send(referral, letter, by=by.actor, at=at)
    return letter


def withdraw(letter: ReferralLetter, *, by: Actor, at: datetime) -> None:
    """Take it back: the e-mail does not leave, or its link shows nothing. Raises Conflict once told."""
    if letter.tells:
        raise Conflict("The office has read it. Write another one instead.")
    if letter.withdrawn_at is None:
        letter.withdrawn_at = at
        kind = MailKind.REFERRAL_UPDATE
        mail.cancel_waiting(letter.practice_id, kind, letter.id, at=at)
        record(letter.referral, "referral.letter_withdrawn", by=by, at=at)


def open_letter(letter: ReferralLetter, *, by: Viewer, at: datetime) -> None:
    """Somebody at the office pressed the button: they are told. Opening twice is harmless."""
    if letter.opened_at is not None or letter.withdrawn_at is not None:
        return
    letter.opened_at = at
    office = letter.referral.referrer
    record_update(
        letter.referral, how="secure_link", told_to=office.name if office else "the office",
        body=letter.body, told_at=at, by=by, at=at,
    )  # fmt: skip


def open_all(referral: Referral, *, by: Viewer, at: datetime) -> None:
    """Everything that waits behind a link to this referral."""
    for letter in shown_letters(referral):
        open_letter(letter, by=by, at=at)


def acknowledge(letter: ReferralLetter, name: str, *, by: Viewer, at: datetime) -> None:
    """Somebody at the office says that they read it. Raises Invalid without a name."""
    who = " ".join(name.split())[:120]
    if not who:
        raise Invalid("Write your name, so that the practice knows who read it.", field="name")
    if letter.withdrawn_at is not None:
        raise Conflict("The practice took this note back.")
    open_letter(letter, by=by, at=at)
    if letter.acknowledged_at is None:
        letter.acknowledged_at, letter.acknowledged_by = at, who
        record(letter.referral, "referral.letter_acknowledged", by=by.actor, at=at)


def attest(
    letter: ReferralLetter, *, how: str, told_to: str, told_at: datetime, by: Viewer, at: datetime,
    seconds: int = 0,
) -> None:  # fmt: skip
    """The fax went through, or somebody read it out: as the person says who did it.

    Raises Conflict for one that was taken back, Invalid as `record_update` does.
    """
    if letter.withdrawn_at is not None:
        raise Conflict("This letter was taken back.")
    record_update(
        letter.referral, how=how, told_to=told_to, body=letter.body, told_at=told_at, by=by, at=at,
        seconds=seconds,
    )  # fmt: skip
    letter.attested_at = letter.attested_at or told_at


def fail(letter: ReferralLetter, why: str, *, by: Actor, at: datetime) -> None:
    """The e-mail was refused or came back: a person has to tell an office that was never told another way."""
    if letter.tells or letter.failed_at is not None or letter.withdrawn_at is not None:
        return
    letter.failed_at, letter.failed_why = at, why
    record(letter.referral, "referral.letter_failed", by=by, at=at, why=why)
    if letter.referral.pcp_told_at is None:
        ask_to_tell(letter.referral, at=at, why=f"failed:{letter.id}")


def note_sent(letter: ReferralLetter, *, at: datetime) -> None:
    """The e-mail left: that is not being told."""
    letter.sent_at = letter.sent_at or at
    record(letter.referral, "referral.letter_sent", by=SYSTEM, at=at)


def shown_letters(referral: Referral) -> list[ReferralLetter]:
    """What the office may read, oldest first."""
    rows = select(ReferralLetter).where(
        ReferralLetter.practice_id == referral.practice_id,
        ReferralLetter.referral_id == referral.id,
        ReferralLetter.withdrawn_at.is_(None),
        ReferralLetter.way == LetterWay.LINK,
    )
    return list(db.session.scalars(rows.order_by(ReferralLetter.approved_at, ReferralLetter.id)))


def _send(referral: Referral, letter: ReferralLetter, *, by: Actor, at: datetime) -> None:
    office = referral.referrer
    if office is None or not office.email:
        raise Invalid("This office has no e-mail address. Print the letter for fax.", field="way")
    if not mail.is_set_up():
        raise Invalid("E-mail is not set up here. Print the letter for fax.", field="way")
    office_mail.queue(
        referral.practice_id, MailKind.REFERRAL_UPDATE, letter.id, office.email,
        by=by, at=at, patient_id=referral.patient_id,
        week_ends_at=referral.week_ends_at if referral.pcp_told_at is None else None,
    )  # fmt: skip
