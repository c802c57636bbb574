"""The thread of a referring office: opened by its first text or call, or by staff; and what it wrote tied to
the referral it is about, where the office's page shows it too."""

from datetime import datetime

from sqlalchemy import ColumnElement, select

from app.actions import conversations, office_numbers
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.conversation import Conversation
from app.models.event import Actor, record
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.referral import Referral, Referrer
from app.models.referral_intake import ReferralNote
from app.models.viewer import Viewer

CALLED = "They called."


def open_thread(office: Referrer, *, at: datetime) -> Conversation:
    """The office's thread, with a number to write to. Raises Invalid when none is on its record."""
    thread = conversations.office_thread(office.practice_id, office.id, at=at)
    numbers = office_numbers.of_office(office)
    if not numbers:
        raise Invalid("Write down the office’s phone first.", field="phone")
    if thread.phone_number_id not in {number.id for number in numbers}:
        main = [number for number in numbers if number.e164 == office.phone]
        thread.phone_number_id = (main or numbers)[0].id
    return thread


def tie(item: Message | IncomingCall, referral: Referral, *, by: Viewer, at: datetime) -> None:
    """The office's text or call is about this referral. Raises Conflict when it is another's or tied
    already."""
    thread = db.session.get_one(Conversation, (item.practice_id, item.conversation_id))
    if thread.referrer_id is None or thread.referrer_id != referral.referrer_id:
        raise Conflict("This referral came from another office.")
    if isinstance(item, Message) and not item.is_inbound:
        raise Conflict("Only what the office wrote can be tied to a referral.")
    if note_of(item) is not None:
        raise Conflict("It is tied to a referral already.")
    call = isinstance(item, IncomingCall)
    note = ReferralNote(
        practice_id=item.practice_id,
        referral_id=referral.id,
        is_from_office=True,
        author_name=referral.referrer.name if referral.referrer else "",
        body=CALLED if isinstance(item, IncomingCall) else item.shown_body or "A file",
        at=item.called_at if isinstance(item, IncomingCall) else item.created_at,
        message_id=None if call else item.id,
        call_id=item.id if call else None,
    )
    db.session.add(note)
    _tell(referral, thread, "referral.office_wrote", by=by.actor, at=at)


def untie(item: Message | IncomingCall, referral: Referral, *, by: Actor, at: datetime) -> None:
    """It was about something else: the referral no longer shows it."""
    note = note_of(item)
    if note is None or note.referral_id != referral.id:
        return
    note.withdrawn_at = at
    thread = db.session.get_one(Conversation, (item.practice_id, item.conversation_id))
    _tell(referral, thread, "referral.office_note_moved", by=by, at=at)


def note_of(item: Message | IncomingCall) -> ReferralNote | None:
    """What ties it to a referral, if anything does."""
    mine: ColumnElement[bool] = (
        ReferralNote.call_id == item.id
        if isinstance(item, IncomingCall)
        else ReferralNote.message_id == item.id
    )
    return db.session.scalars(
        select(ReferralNote).where(
            ReferralNote.practice_id == item.practice_id, mine, ReferralNote.withdrawn_at.is_(None)
        )
    ).one_or_none()


def _tell(referral: Referral, thread: Conversation, kind: str, *, by: Actor, at: datetime) -> None:
    record(referral, kind, by=by, at=at, topics=[f"conversation:{thread.id}"])
