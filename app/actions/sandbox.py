"""The invented phone company: a table of texts on phones that exist only on a page. It keeps what it was
given in a transaction of its own, as a real carrier would, and answers STOP by itself like one."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from app.actions import inbound, incoming_calls
from app.core.db import db, enter_practice, transaction
from app.core.errors import NotFound
from app.models.incoming_call import IncomingCall
from app.models.lease import SandboxMessage
from app.models.message import Message
from app.models.practice import Line, Practice, StopOwner
from messaging import keywords
from messaging.calls import CallIn
from messaging.carriers.base import (
    CarrierMessage,
    Incoming,
    Outgoing,
    Receipt,
    RecipientOptedOut,
)
from messaging.carriers.sandbox import new_provider_id
from messaging.carriers.sandbox_picture import PICTURE
from messaging.delivery import MessageStatus

OPTED_OUT = 21610
STOPPED_TEXT = "You will get no more texts from this number. Reply START to get them again."

#: What the invented phone company answers by itself, as a real one does.
_ANSWERS = {
    keywords.Keyword.STOP: STOPPED_TEXT,
    keywords.Keyword.START: "You will get texts from this number again. Reply STOP to end them.",
    keywords.Keyword.HELP: "Reply STOP to end texts from this number. Message rates may apply.",
}


class SandboxTable:
    """What the sandbox carrier remembers for one practice (see messaging.carriers.sandbox.SandboxStore)."""

    def __init__(self, practice_id: UUID) -> None:
        self._practice_id = practice_id

    def accept(self, outgoing: Outgoing, at: datetime) -> Receipt:
        """Put a text on the invented phone; it has arrived at once.

        Raises RecipientOptedOut when the last keyword this phone sent the line was STOP.
        """
        with transaction():
            enter_practice(self._practice_id)
            if _is_stopped(self._practice_id, line=outgoing.sender, phone=outgoing.recipient):
                raise RecipientOptedOut(code=OPTED_OUT, permanent=True)
            row = SandboxMessage(
                practice_id=self._practice_id,
                provider_id=new_provider_id(),
                message_id=outgoing.message_id,
                sender=outgoing.sender,
                recipient=outgoing.recipient,
                body=outgoing.body,
                direction="outbound",
                at=at,
            )
            db.session.add(row)
        return Receipt(row.provider_id, MessageStatus.DELIVERED, None)

    def fetch(self, account_sid: str, provider_id: str) -> CarrierMessage | None:
        """One text by its id, or None."""
        row = db.session.scalars(
            select(SandboxMessage).where(
                SandboxMessage.practice_id == self._practice_id,
                SandboxMessage.provider_id == provider_id,
            )
        ).one_or_none()
        return _record(row) if row else None

    def list_messages(
        self, account_sid: str, *, sender: str | None, recipient: str | None, since: datetime
    ) -> Iterable[CarrierMessage]:
        """Texts at or after `since`, newest first."""
        rows = select(SandboxMessage).where(
            SandboxMessage.practice_id == self._practice_id, SandboxMessage.at >= since
        )
        if sender is not None:
            rows = rows.where(SandboxMessage.sender == sender)
        if recipient is not None:
            rows = rows.where(SandboxMessage.recipient == recipient)
        newest_first = rows.order_by(SandboxMessage.at.desc(), SandboxMessage.id.desc())
        return [_record(row) for row in db.session.scalars(newest_first)]


def text_from_phone(
    practice: Practice,
    phone: str,
    body: str,
    *,
    at: datetime,
    line: Line | None = None,
    with_picture: bool = False,
) -> Message | None:
    """An invented person texts the practice: kept by the sandbox, then received as a webhook's would be.

    Returns what `inbound.receive` returns. Raises NotFound for a practice without a line.
    """
    to = line or _line_last_used(practice.id, phone)
    row = SandboxMessage(
        practice_id=practice.id,
        provider_id=new_provider_id(),
        sender=phone,
        recipient=to.number,
        body=body,
        direction="inbound",
        at=at,
    )
    db.session.add(row)
    if to.stop_owner is StopOwner.CARRIER and (keyword := _carrier_keyword(body)):
        _answer(practice.id, _ANSWERS[keyword], line=to.number, phone=phone, at=at)
    incoming = Incoming(
        provider_id=row.provider_id,
        account_sid=to.account_sid or "",
        sender=phone,
        recipient=to.number,
        body=body,
        received_at=at,
        media=(PICTURE,) if with_picture else (),
    )
    return inbound.receive(to, incoming, at=at)


def call_from_phone(practice: Practice, phone: str, *, at: datetime) -> IncomingCall:
    """An invented person calls the practice. Raises NotFound for a practice without a line."""
    line = _line_last_used(practice.id, phone)
    return incoming_calls.receive(line, CallIn(new_provider_id(), phone, line.number), at=at)


def phone_thread(practice: Practice, phone: str, *, limit: int = 200) -> list[SandboxMessage]:
    """What is on one invented phone, oldest first; the newest `limit` texts."""
    rows = select(SandboxMessage).where(
        SandboxMessage.practice_id == practice.id,
        or_(SandboxMessage.sender == phone, SandboxMessage.recipient == phone),
    )
    newest = rows.order_by(SandboxMessage.at.desc(), SandboxMessage.id.desc()).limit(limit)
    return list(db.session.scalars(newest))[::-1]


def _line_last_used(practice_id: UUID, phone: str) -> Line:
    """The line this phone heard from last, else the practice's first."""
    lines = db.session.scalars(
        select(Line)
        .where(Line.practice_id == practice_id, Line.is_active)
        .order_by(Line.created_at, Line.id)
    ).all()
    if not lines:
        raise NotFound("This practice has no line to text.")
    heard = db.session.scalar(
        select(SandboxMessage.sender)
        .where(SandboxMessage.practice_id == practice_id, SandboxMessage.recipient == phone)
        .order_by(SandboxMessage.at.desc(), SandboxMessage.id.desc())
        .limit(1)
    )
    return next((line for line in lines if line.number == heard), lines[0])


def _is_stopped(practice_id: UUID, *, line: str, phone: str) -> bool:
    """Whether the newest carrier keyword from this phone was STOP, on a line whose carrier minds it."""
    owner = db.session.scalar(
        select(Line.stop_owner).where(Line.practice_id == practice_id, Line.number == line)
    )
    if owner is StopOwner.US:
        return False
    bodies = db.session.scalars(
        select(SandboxMessage.body)
        .where(
            SandboxMessage.practice_id == practice_id,
            SandboxMessage.sender == phone,
            SandboxMessage.recipient == line,
        )
        .order_by(SandboxMessage.at.desc(), SandboxMessage.id.desc())
    )
    words = (word for word in map(_stop_or_start, bodies) if word is not None)
    return next(words, None) is keywords.Keyword.STOP


def _stop_or_start(body: str) -> keywords.Keyword | None:
    found = _carrier_keyword(body)
    return None if found is keywords.Keyword.HELP else found


def _carrier_keyword(body: str) -> keywords.Keyword | None:
    """The keyword a real carrier would act on by itself."""
    found = keywords.read(body)
    if found is None or not found.exact or not found.carrier:
        return None
    return found.keyword if found.keyword in _ANSWERS else None


def _answer(practice_id: UUID, body: str, *, line: str, phone: str, at: datetime) -> None:
    """The carrier's own answer to a keyword; no message of ours stands behind it."""
    db.session.add(
        SandboxMessage(
            practice_id=practice_id,
            provider_id=new_provider_id(),
            sender=line,
            recipient=phone,
            body=body,
            direction="outbound",
            at=at,
        )
    )


def _record(row: SandboxMessage) -> CarrierMessage:
    outbound = row.direction == "outbound"
    return CarrierMessage(
        provider_id=row.provider_id,
        sender=row.sender,
        recipient=row.recipient,
        body=row.body,
        direction=row.direction,
        status=MessageStatus.DELIVERED if outbound else MessageStatus.RECEIVED,
        error_code=None,
        created_at=row.at,
    )
