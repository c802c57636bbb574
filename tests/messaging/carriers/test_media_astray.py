"""A file that leads astray: by a redirect, by a name that stands for an address of ours, by a second answer
of the name service. Nothing outside the carrier is ever connected to."""

import socket

import pytest

from messaging.carriers import media_http
from messaging.carriers.base import Account
from messaging.carriers.media_errors import (
    MANY_REDIRECTS,
    WRONG_ADDRESS,
    MediaNotFetched,
    MediaRefused,
)
from messaging.carriers.media_http import MediaHttp
from messaging.carriers.twilio import TwilioCarrier
from tests.carrier.client import StandIn
from tests.carrier.listener import Listener
from tests.faults.figures import Figure
from tests.messaging.carriers.conftest import send_file
from tests.messaging.carriers.test_media_hosts import NO_FILE_HOST, NOT_OURS


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest/meta-data", "https://example.org/x", "http://127.0.0.1:1/x",
     "http://localhost:1/x", "/files/x", "file:///etc/passwd", "https://mms.twiliocdn.com/x"],
)  # fmt: skip
def test_it_refuses_a_redirect_to_anywhere_else(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, location: str
) -> None:
    with pytest.raises(MediaRefused) as refused:
        carrier.fetch_media(account, *send_file(stand_in, location=location))
    assert refused.value.reason == WRONG_ADDRESS


def test_it_does_not_knock_where_a_redirect_must_not_lead(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account
) -> None:
    with Listener() as canary:
        with pytest.raises(MediaRefused):
            carrier.fetch_media(account, *send_file(stand_in, location=f"{canary.url}/x"))
        assert canary.connections == 0


def test_it_leaves_the_carrier_for_none_of_the_known_tricks(
    stand_in: StandIn, account: Account, figure: Figure
) -> None:
    """Every address of the lists, as a redirect and as the file's own, with the network watched."""
    called: list[tuple[str, int]] = []

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        called.append((address, port))
        return media_http.connect(address, port, seconds)

    http = MediaHttp(stand_in.base_url, connect=connect)
    tricks = [each for each in (*NO_FILE_HOST, *NOT_OURS) if each.isascii() and each.isprintable()]
    before = stand_in.requests("file")
    for trick in tricks:
        with pytest.raises(MediaRefused):
            http.fetch(account, *send_file(stand_in, location=trick or "/"))
        sid, _ = send_file(stand_in)
        with pytest.raises(MediaRefused):
            http.fetch(account, sid, trick)
    outside = [each for each in called if f"http://{each[0]}:{each[1]}" != stand_in.base_url]
    assert len(called) == len(tricks)
    assert outside == []
    assert stand_in.requests("file") == before
    figure(
        "A8 addresses that are not the carrier's", n=2 * len(tricks), connections=0, credentials=0
    )


def test_it_ends_a_chain_of_redirects(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account
) -> None:
    with pytest.raises(MediaRefused) as refused:
        carrier.fetch_media(account, *send_file(stand_in, hops=5))
    assert refused.value.reason == MANY_REDIRECTS


class Names:
    """A name service with an answer for every asking, and a network that only notes who was called."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.called = list(answers), []

    def resolve(self, _host: str, _port: int) -> list[str]:
        return self.answers.pop(0)

    def connect(self, address: str, _port: int, _seconds: float) -> socket.socket:
        self.called.append(address)
        raise ConnectionRefusedError

    def fetch(self, account: Account, sid: str, url: str) -> bytes:
        http = MediaHttp("https://api.twilio.com", resolve=self.resolve, connect=self.connect)
        return http.fetch(account, sid, url)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fd00::1"])
def test_it_connects_to_nobody_when_the_name_leads_inside(
    stand_in: StandIn, account: Account, address: str
) -> None:
    for answer in ([address], ["93.184.216.34", address]):
        names = Names(answer)
        with pytest.raises(MediaNotFetched) as failed:
            names.fetch(account, *send_file(stand_in))
        assert "private" in failed.value.detail
        assert names.called == []


def test_it_connects_to_the_very_address_it_judged(stand_in: StandIn, account: Account) -> None:
    names = Names(
        ["93.184.216.34", "93.184.216.35"], ["127.0.0.1"]
    )  # rebinding: a second look differs
    with pytest.raises(MediaNotFetched):
        names.fetch(account, *send_file(stand_in))
    assert names.called == ["93.184.216.34", "93.184.216.35"]
    assert names.answers == [["127.0.0.1"]]


def test_it_speaks_tls_with_the_name_to_the_address(stand_in: StandIn, account: Account) -> None:
    """No certificate for api.twilio.com answers there, so not a byte of the request is sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        http = MediaHttp(
            "https://api.twilio.com",
            total_seconds=1,
            resolve=lambda _host, _port: ["93.184.216.34"],
            connect=lambda _a, _p, seconds: socket.create_connection(("127.0.0.1", port), seconds),
        )
        with pytest.raises(MediaNotFetched):
            http.fetch(account, *send_file(stand_in))
        caller, _ = server.accept()
        with caller:
            caller.settimeout(2)
            heard = caller.recv(65536)
    assert heard[:1] == b"\x16"  # a TLS handshake
    assert b"api.twilio.com" in heard  # to the name
    assert b"Authorization" not in heard


def test_it_looks_up_addresses_once_each() -> None:
    assert media_http.resolve("127.0.0.1", 80) == ["127.0.0.1"]
