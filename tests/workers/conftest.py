"""The stand-in carrier, an app that texts through it, and texts with files that come in by their webhook."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.models.message import Message
from tests.carrier.client import StandIn
from tests.leave import dora, leave  # noqa: F401 - fixtures
from tests.web.webhooks.signing import PATH, send
from tests.workers.texted_files import JPEG
from tests.world import World, look_again


@pytest.fixture
def hear(world: World, twilio: Flask, stand_in: StandIn) -> Callable[..., Message]:
    """A text with a file comes in by its webhook, as Twilio would post it."""

    def come(content: bytes = JPEG, *, body: str = "", extra: Any = None, **wish: Any) -> Message:
        wishes = [{"content": base64.b64encode(content).decode(), **wish}]
        said = stand_in.send_inbound(
            sender=world.phone(world.sam), to=world.line.number, body=body, webhook=False,
            media=wishes, extra=extra,
        )  # fmt: skip
        assert send(twilio.test_client(), PATH, said["form"]).status_code == 200
        look_again()
        found = select(Message).where(Message.provider_id == said["sid"])
        return db.session.scalars(found).one()

    return come
