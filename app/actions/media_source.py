"""Where a claimed file is fetched, and with which account: read from the message's line. The fetch itself
needs no database."""

from dataclasses import dataclass, field

from sqlalchemy import and_, select

from app.actions.carriers import account_of, carrier_for
from app.actions.media import Claim
from app.core.db import db
from app.core.errors import ConfigError
from app.models.media import Media
from app.models.message import Message
from app.models.practice import Line, Practice
from messaging.carriers.base import Account, Carrier
from messaging.carriers.media_errors import MediaGone


@dataclass(frozen=True, slots=True)
class Source:
    """One file at its carrier. Without an address it is the `position`th of those the carrier lists."""

    carrier: Carrier = field(repr=False)
    account: Account
    provider_id: str
    address: str = field(repr=False)
    position: int

    def fetch(self) -> bytes:
        """The whole file. Raises MediaError, or SendError when the carrier could not be asked."""
        address = self.address
        if not address:
            listed = self.carrier.list_media(self.account, self.provider_id)
            if self.position >= len(listed):
                raise MediaGone(detail="not listed")
            address = listed[self.position].url
        return self.carrier.fetch_media(self.account, self.provider_id, address)


def source_of(claimed: Claim) -> Source:
    """Raises ConfigError when the message's line has no carrier or no account."""
    row = db.session.execute(
        select(Media.source, Media.position, Message.provider_id, Message.line_id)
        .join(
            Message,
            and_(Message.practice_id == Media.practice_id, Message.id == Media.message_id),
        )
        .where(Media.practice_id == claimed.practice_id, Media.id == claimed.media_id)
    ).one()
    if row.line_id is None or row.provider_id is None:
        raise ConfigError("This message came by no line.")
    line = db.session.get_one(Line, (claimed.practice_id, row.line_id))
    practice = db.session.get_one(Practice, claimed.practice_id)
    return Source(
        carrier_for(practice), account_of(line), row.provider_id, row.source, row.position
    )
