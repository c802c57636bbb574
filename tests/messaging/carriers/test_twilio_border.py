"""The border between *never left* and *in doubt*: connections that fail before, and after, the bytes."""

import os
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from messaging.carriers.base import InDoubt, NotAccepted, Outgoing
from messaging.carriers.twilio import TwilioCarrier
from tests.carrier.client import StandIn

Build = Callable[..., Outgoing]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_it_knows_that_a_refused_connection_sent_nothing(outgoing: Build) -> None:
    with pytest.raises(NotAccepted) as caught:
        TwilioCarrier(f"http://127.0.0.1:{free_port()}").send(outgoing())
    assert caught.value.retryable


def test_it_knows_that_a_name_nobody_has_sent_nothing(outgoing: Build) -> None:
    with pytest.raises(NotAccepted):
        TwilioCarrier("https://no-such-host.invalid", connect_timeout=1).send(outgoing())


def test_it_knows_that_a_connection_nobody_takes_sent_nothing(outgoing: Build) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for caller in waiting:  # fill the queue of callers: the next one is not even heard
                caller.setblocking(False)
                caller.connect_ex(("127.0.0.1", port))
            with pytest.raises(NotAccepted) as caught:
                TwilioCarrier(f"http://127.0.0.1:{port}", connect_timeout=0.3).send(outgoing())
        finally:
            for caller in waiting:
                caller.close()
    assert caught.value.detail == "ConnectTimeoutError"


def test_it_knows_that_a_failed_handshake_sent_nothing(stand_in: StandIn, outgoing: Build) -> None:
    before = len(stand_in.accepted())
    plain_port_called_with_tls = stand_in.base_url.replace("http://", "https://")
    with pytest.raises(NotAccepted) as caught:
        TwilioCarrier(plain_port_called_with_tls).send(outgoing())
    assert "SSL" in caught.value.detail
    assert len(stand_in.accepted()) == before


@pytest.mark.parametrize("pieces", [0, 1])
@pytest.mark.parametrize("is_connected", [False, True])
def test_nothing_is_taken_when_the_time_was_over_before_the_last_piece(
    stand_in: StandIn, carrier: TwilioCarrier, outgoing: Build, is_connected: bool, pieces: int
) -> None:
    if is_connected:
        carrier.send(outgoing())
    before, asked = len(stand_in.accepted()), iter([True] * pieces)
    with pytest.raises(NotAccepted) as caught:
        carrier.send(outgoing(may_leave=lambda: next(asked, False)))
    assert (caught.value.detail, caught.value.retryable) == ("TooLate", True)
    carrier.send(outgoing())
    assert len(stand_in.accepted()) == before + 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in.example.org")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(made.public_bytes(pem) + secret)
    return path


@pytest.fixture
def tls_carrier(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[bytes], TwilioCarrier]]:
    """A carrier behind TLS that reads the request, says `answer`, and goes without a good-bye."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(answer: bytes) -> None:
        caller, _ = listener.accept()
        talk = context.wrap_socket(caller, server_side=True)
        talk.recv(65536)
        talk.sendall(answer)
        os.close(talk.detach())  # no close_notify: the other side sees TLS break off

    def build(answer: bytes) -> TwilioCarrier:
        Thread(target=serve, args=(answer,), daemon=True).start()
        port = listener.getsockname()[1]
        return TwilioCarrier(f"https://127.0.0.1:{port}", read_timeout=5)

    yield build
    listener.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 20",
        b'HTTP/1.1 201 CREATED\r\nContent-Length: 900\r\n\r\n{"sid": "SM',
        b"this is not http\r\n\r\n",
    ],
)
def test_it_doubts_when_tls_breaks_off_after_the_request(
    tls_carrier: Callable[[bytes], TwilioCarrier], outgoing: Build, answer: bytes
) -> None:
    with pytest.raises(InDoubt):
        tls_carrier(answer).send(outgoing())


def test_it_knows_that_a_proxy_nobody_runs_sent_nothing(
    outgoing: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotAccepted):
        TwilioCarrier("https://carrier.example.org").send(outgoing())
