"""The stand-in carrier, started once and clean for every test, and a text to send to it."""

import base64
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest

from messaging.carriers.base import Account, Outgoing
from messaging.carriers.twilio import TwilioCarrier
from tests.carrier.client import StandIn

LINE = "+15035550100"
PHONE = "+15035550123"
PICTURE = b"\xff\xd8\xff\xe0" + b"picture " * 100


@pytest.fixture(scope="module")
def running_stand_in() -> Iterator[StandIn]:
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture
def stand_in(running_stand_in: StandIn) -> Iterator[StandIn]:
    yield running_stand_in
    running_stand_in.clear_faults()
    running_stand_in.configure(
        callbacks="normal", list_lag_seconds=0, transit_seconds=0, opted_out=[], inbound_url=None
    )


@pytest.fixture
def account(stand_in: StandIn) -> Account:
    return Account(stand_in.account_sid, stand_in.auth_token)


@pytest.fixture
def carrier(stand_in: StandIn) -> TwilioCarrier:
    """Impatient, so that a test of a time-out takes no ten seconds."""
    return TwilioCarrier(stand_in.base_url, connect_timeout=2, read_timeout=0.5)


@pytest.fixture
def outgoing(stand_in: StandIn) -> Callable[..., Outgoing]:
    """Build one text; keyword arguments replace single values."""

    def build(**changed: Any) -> Outgoing:
        values: dict[str, Any] = {
            "message_id": UUID("0193a1c2-0000-7000-8000-000000000001"),
            "sender": LINE,
            "recipient": PHONE,
            "body": "Did your medication arrive? 1 Yes 2 No",
            "status_callback": None,
            "validity_seconds": None,
            "account_sid": stand_in.account_sid,
            "auth_token": stand_in.auth_token,
        }
        return Outgoing(**(values | changed))

    return build


def send_file(stand_in: StandIn, content: bytes = PICTURE, **wish: Any) -> tuple[str, str]:
    """A text with one file; its sid and the file's address."""
    wishes = [{"content": base64.b64encode(content).decode(), **wish}]
    said = stand_in.send_inbound(sender=PHONE, to=LINE, body="", webhook=False, media=wishes)
    return said["sid"], said["form"]["MediaUrl0"]
