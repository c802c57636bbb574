"""W5: what the carrier truly signed takes effect, however odd its address, its words or its keys: signed by
tests/carrier/signing, which was written from the carrier's documentation and shares nothing with the product.
A key that is new to us holds a text until the carrier confirms it, and no longer."""

import random
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.models.event import Event
from app.models.message import Direction, Message
from tests.carrier.client import StandIn
from tests.carrier.signing import signature_of
from tests.conftest import TWILIO_TOKEN
from tests.faults.figures import Figure, size
from tests.web.webhooks.signing import PATH
from tests.world import World, look_again
from workers import reconciler

COUNT = size(84, 1000)
QUERIES = ("", "?a=b", "?a=%2Fb%20c", "?x=%c3%a1+d&y=%7E", "?a=%2f&a=%2F", "?q=1&u=https%3A%2F%2Fx",
           "?%C3%B1=%C3%B1", "?empty=&b", "?a=b%26c=d", "?tenant=%F0%9F%8F%A5")  # fmt: skip
BODIES = ("Hello", "", "👍🏽", "Sí, señora: 100 % + más & 'más'", "a=b&c=d", "line\r\nline", "\u202e3",
          "  spaces  ", "%41%00", "ü" * 400, "+1", "مرحبا")  # fmt: skip
#: Address as configured, and as the carrier signs it: with or without the port, it is not consistent.
ADDRESSES = (
    ("http://localhost:8000", "http://localhost:8000"),
    ("http://localhost:8000", "http://localhost"),
    ("https://clinic.example.org", "https://clinic.example.org"),
    ("https://clinic.example.org", "https://clinic.example.org:443"),
    ("https://clinic.example.org:8443", "https://clinic.example.org:8443"),
    ("https://clinic.example.org:8443", "https://clinic.example.org"),
)
EXTRAS: tuple[dict[str, str], ...] = (
    {},
    {"MessagingServiceSid": "MG" + "0" * 32},
    {"FromCity": "", "FromState": "", "FromZip": "", "FromCountry": ""},
    {"ToCity": "SÃO PAULO", "NumSegments": "2"},
    {"ChannelMetadata": '{"type":"sms"}'},
    {"NewIn2027": ""},
    {"FromCity": "ST. JOHN'S (N.L.)", "ApiVersion": "2027-01-01"},
)


@pytest.fixture
def apps(stand_in: StandIn, make_app: Callable[..., Flask]) -> dict[str, Flask]:
    more = {"carrier": "twilio", "twilio_api_url": stand_in.base_url}
    return {url: make_app(public_url=url, **more) for url in {each for each, _ in ADDRESSES}}


def test_it_lets_everything_take_effect_that_is_truly_signed(
    world: World, stand_in: StandIn, apps: dict[str, Flask], figure: Figure
) -> None:
    chance = random.Random(5)
    refused, wanted, odd = 0, {}, 0
    for n in range(COUNT):
        public, called = ADDRESSES[n % len(ADDRESSES)]
        who, extra = (world.sam, world.rosa, world.kim)[n % 3], EXTRAS[n % len(EXTRAS)]
        said = stand_in.send_inbound(sender=world.phone(who), to=world.line.number,
                                     body=BODIES[n % len(BODIES)], extra=extra, webhook=False)  # fmt: skip
        path, form = PATH + chance.choice(QUERIES), said["form"]
        answer = apps[public].test_client().post(
            path, data=urlencode(form), content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature_of(called + path, form, TWILIO_TOKEN)},
        )  # fmt: skip
        refused += answer.status_code != 200
        wanted[said["sid"]], odd = form["Body"], odd + bool(extra.keys() - known_keys())
    with apps["http://localhost:8000"].app_context():
        for _ in range(COUNT // 50 + 1):
            reconciler.confirm_held()
    look_again()
    rows = db.session.scalars(select(Message).where(Message.direction == Direction.INBOUND)).all()
    heard = {row.provider_id: row.body for row in rows if row.held_reason is None}
    told = set(db.session.scalars(select(Event.subject_id).where(Event.kind == "message.received")))
    without = len({row.id for row in rows} - told)
    figure("W5 true signatures", n=COUNT, refused=refused, without_effect=without,
           confirmed_first=odd)  # fmt: skip
    assert (refused, without) == (0, 0)
    assert heard == wanted
    assert odd > COUNT // 5, "some have keys that are new to us"


def known_keys() -> set[str]:
    return {"MessagingServiceSid", "FromCity", "FromState", "FromZip", "FromCountry", "ToCity",
            "NumSegments", "ApiVersion"}  # fmt: skip
