"""What the webhooks missed: the carrier's own list of texts that came in, read per line and taken in through
the same unique key; and held texts, confirmed by asking the carrier for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.actions import held, inbound
from app.actions.carriers import account_of, carrier_for
from app.core.db import db, savepoint
from app.core.errors import ConfigError
from app.core.log import logger
from app.models.message import Message
from app.models.practice import Line, Practice
from messaging.carriers.base import Account, Carrier, CarrierMessage, Incoming, SendError

log = logger("reconciler")
#: How far a listing reads back behind the last one; far more than the ten minutes between two of them.
OVERLAP = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Listing:
    """One line whose texts are to be listed."""

    practice_id: UUID
    line_id: UUID
    account: Account
    number: str = field(repr=False)
    carrier: Carrier = field(repr=False, compare=False)
    listed_until: datetime | None = None

    def since(self, at: datetime) -> datetime:
        """From where to read: the last listing, however long ago the service went down."""
        return min(self.listed_until or at, at) - OVERLAP

    def read(self, *, since: datetime) -> list[CarrierMessage]:
        """Texts to this line since then, oldest first. Raises SendError; needs nothing open."""
        found = self.carrier.list_messages(self.account, recipient=self.number, since=since)
        return [kept for kept in found if kept.direction == "inbound"][::-1]


@dataclass(frozen=True, slots=True)
class HeldText:
    """A text that waits for the carrier's word."""

    practice_id: UUID
    message_id: UUID
    provider_id: str
    account: Account
    carrier: Carrier = field(repr=False, compare=False)

    def fetch(self) -> CarrierMessage | None:
        """The carrier's record, or None. Raises SendError; needs nothing open."""
        return self.carrier.fetch(self.account, self.provider_id)


def listings() -> list[Listing]:
    """Every active line whose practice has a carrier.

    Not those of a restored practice: what came in there is read with what left, in the order it happened.
    """
    lines = db.session.scalars(
        select(Line)
        .join(Practice, Practice.id == Line.practice_id)
        .where(Line.is_active, Practice.restored_from.is_(None))
        .order_by(Line.practice_id, Line.id)
    ).all()
    found = []
    for line in lines:
        way = _way(line)
        if way is not None:
            carrier, account = way
            until = line.listed_until
            key = (line.practice_id, line.id)
            found.append(Listing(*key, account, line.number, carrier, listed_until=until))
    return found


@dataclass(frozen=True, slots=True)
class TakenIn:
    """How many texts came in, and when the first was written that could not be taken in."""

    count: int
    broken_at: datetime | None = None


def note_listed(listing: Listing, taken: TakenIn, *, at: datetime) -> None:
    """The line's list was read as it stood at `at`: the next listing begins there, or at a text that could
    not be taken in, so that nothing is ever behind us."""
    line = db.session.get_one(Line, (listing.practice_id, listing.line_id))
    line.listed_until = min(at, taken.broken_at or at)


def take_in(listing: Listing, listed: Sequence[CarrierMessage], *, at: datetime) -> TakenIn:
    """Take in what is not here yet. One broken text does not stop the others."""
    line = db.session.get_one(Line, (listing.practice_id, listing.line_id))
    known = _known(listing.practice_id, [kept.provider_id for kept in listed])
    taken, broken = 0, []
    for kept in listed:
        if kept.provider_id in known:
            continue
        incoming = Incoming(
            provider_id=kept.provider_id,
            account_sid=listing.account.sid,
            sender=kept.sender,
            recipient=kept.recipient,
            body=kept.body,
            received_at=kept.created_at,
            media=held.unnamed(kept.media_count),
        )
        try:
            with savepoint():
                taken += inbound.receive(line, incoming, at=at) is not None
        except Exception:
            broken.append(kept.created_at)
            log.exception("a missed text could not be taken in", provider_id=kept.provider_id)
    return TakenIn(taken, min(broken, default=None))


def held_texts(*, limit: int = 50) -> list[HeldText]:
    """Texts held until the carrier confirms them, oldest first."""
    rows = db.session.execute(
        select(Message.practice_id, Message.id, Message.provider_id, Message.line_id)
        .where(Message.held_reason.like("unknown keys%"), Message.provider_id.is_not(None))
        .order_by(Message.created_at, Message.id)
        .limit(limit)
    ).all()
    found = []
    for practice_id, message_id, provider_id, line_id in rows:
        line = db.session.get(Line, (practice_id, line_id)) if line_id else None
        way = _way(line) if line is not None else None
        if way is not None and provider_id is not None:
            found.append(HeldText(practice_id, message_id, provider_id, way[1], way[0]))
    return found


def settle_held(text: HeldText, confirmed: CarrierMessage | None, *, at: datetime) -> None:
    """Let a held text take effect in the carrier's words, or refuse it when the carrier has no such text."""
    message = db.session.get_one(
        Message,
        (text.practice_id, text.message_id),
        with_for_update=True,
        populate_existing=True,
    )
    if message.held_reason is None:
        return
    if confirmed is None or confirmed.direction != "inbound":
        held.refuse(message, at=at)
    else:
        held.release(message, confirmed, at=at)


def note_unanswered(text: HeldText, error: SendError, *, at: datetime) -> None:
    """The carrier could not be asked about a held text: people read so where it is listed."""
    message = db.session.get_one(Message, (text.practice_id, text.message_id))
    if message.held_reason is not None:
        held.note_unanswered(message, error.person_text, at=at)


def _way(line: Line) -> tuple[Carrier, Account] | None:
    """Carrier and account of a line; None when it has none (a real practice on the sandbox)."""
    try:
        practice = db.session.get_one(Practice, line.practice_id)
        return carrier_for(practice), account_of(line)
    except ConfigError:
        return None


def _known(practice_id: UUID, provider_ids: Iterable[str]) -> set[str | None]:
    return set(
        db.session.scalars(
            select(Message.provider_id).where(
                Message.practice_id == practice_id,
                Message.provider_id.in_(list(provider_ids)),
                Message.held_reason.is_(None),
            )
        )
    )
