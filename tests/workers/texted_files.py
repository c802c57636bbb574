"""Files that came with texts, as tests look at them: what is fetched, what was told, and one sweep."""

from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.models.event import Event
from app.models.media import Media
from tests.world import look_again
from workers import media as sweep

JPEG = b"\xff\xd8\xff\xe0" + b"a rash on an arm " * 50


def files() -> list[Media]:
    look_again()
    return list(db.session.scalars(select(Media).order_by(Media.created_at, Media.id)))


def run(twilio: Flask) -> int:
    with twilio.app_context():
        return sweep.fetch_due()


def kinds() -> list[str]:
    rows = select(Event.kind).where(Event.kind.startswith("message.media")).order_by(Event.id)
    return list(db.session.scalars(rows))
