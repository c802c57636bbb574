"""Files that came with a text: Rosa's are not there for another team and another practice."""

from uuid import UUID

from app.actions import inbound, media
from app.core.clock import db_now
from app.core.db import transaction
from app.models.media import Media
from messaging.carriers.base import Attached, Incoming
from messaging.carriers.sandbox_picture import PICTURE, content_of
from tests.phones import new_sid
from tests.web.outsider_cases import record
from tests.world import World

BROKEN = Attached("sandbox:nothing", "image/png")


def hear(world: World, attached: Attached) -> media.Claim:
    """A text of Rosa's with a file, which is being fetched."""
    incoming = Incoming(
        sender=world.phone(world.rosa), recipient=world.line.number, body="", media=(attached,),
        provider_id=new_sid(), account_sid="",
    )  # fmt: skip
    with transaction():
        assert inbound.receive(world.line, incoming, at=db_now()) is not None
    with transaction():
        claims = [media.claim(*each, at=db_now()) for each in media.due(at=db_now())]
    assert claims[-1] is not None
    return claims[-1]


def make_picture(world: World) -> UUID:
    claimed = hear(world, PICTURE)
    with transaction():
        media.settle(claimed, content_of(PICTURE.url) or b"", at=db_now())
    return claimed.media_id


def make_failed(world: World) -> UUID:
    claimed = hear(world, BROKEN)
    with transaction() as session:
        row = session.get_one(Media, (world.practice.id, claimed.media_id))
        row.tries = media.MOST_TRIES
        session.flush()
        last = media.Claim(claimed.practice_id, claimed.media_id, media.MOST_TRIES)
        media.settle(last, TimeoutError(), at=db_now())
    return claimed.media_id


RECORDS = {"picture": make_picture, "failed_file": make_failed}

CASES = {
    "media.file": record(media_id="picture"),
    "media.fetch_again": record(media_id="failed_file"),
}
