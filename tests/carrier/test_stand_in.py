"""The stand-in itself: what it posts is signed as the SDK expects, and its log outlives a kill."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from messaging.carriers.base import Outgoing
from messaging.carriers.twilio import TwilioCarrier
from messaging.carriers.twilio_http import TwilioHttp
from tests.carrier.acceptlog import read_accepted
from tests.carrier.client import StandIn
from tests.carrier.listener import Listener, Post

LINE, PHONE = "+15035550100", "+15035550123"
STATUS_KEYS = {
    "MessageSid",
    "SmsSid",
    "MessageStatus",
    "SmsStatus",
    "To",
    "From",
    "AccountSid",
    "ApiVersion",
}


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listening:
        yield listening


def send(stand_in: StandIn, *, callback: str | None, to: str = PHONE) -> str:
    carrier = TwilioCarrier(stand_in.base_url)
    text = Outgoing(
        uuid4(), LINE, to, "Hi", callback, None, stand_in.account_sid, stand_in.auth_token
    )
    return carrier.send(text).provider_id


def sdk(stand_in: StandIn) -> Client:
    http = TwilioHttp(base_url=stand_in.base_url, connect_timeout=2, read_timeout=2)
    return Client(stand_in.account_sid, stand_in.auth_token, http_client=http)


def is_signed(post: Post, base: str, token: str) -> bool:
    signature = post.headers["x-twilio-signature"]
    url = base + post.target
    return bool(RequestValidator(token).validate(url, dict(post.form), signature))


def words(posts: list[Post]) -> list[str]:
    return [dict(post.form)["MessageStatus"] for post in posts]


def test_it_reports_sent_then_delivered_signed_and_complete(
    stand_in: StandIn, listener: Listener
) -> None:
    target = "/webhooks/twilio/messages/0193/status?next=%2Fa%20b"
    sid = send(stand_in, callback=listener.url + target)
    posts = listener.wait_for(lambda posts: len(posts) == 2)
    assert words(posts) == ["sent", "delivered"]
    for post in posts:
        assert post.target == target
        assert set(dict(post.form)) == STATUS_KEYS
        assert dict(post.form)["MessageSid"] == sid
        assert is_signed(post, listener.url, stand_in.auth_token)
        assert not is_signed(post, listener.url, "another-token")


def test_it_reports_how_a_text_ended(stand_in: StandIn, listener: Listener) -> None:
    stand_in.set_outcome(PHONE, "undelivered", 30003)
    send(stand_in, callback=f"{listener.url}/s")
    posts = listener.wait_for(lambda posts: len(posts) == 2)
    assert words(posts) == ["sent", "undelivered"]
    assert dict(posts[-1].form)["ErrorCode"] == "30003"
    assert is_signed(posts[-1], listener.url, stand_in.auth_token)


@pytest.mark.parametrize(("mode", "expected"), [("duplicated", 4), ("shuffled", 2), ("delayed", 2)])
def test_it_can_report_twice_out_of_order_and_late(
    stand_in: StandIn, listener: Listener, mode: str, expected: int
) -> None:
    stand_in.configure(callbacks=mode, callback_delay_seconds=0.2)
    send(stand_in, callback=f"{listener.url}/s")
    posts = listener.wait_for(lambda posts: len(posts) == expected)
    assert sorted(words(posts)) == sorted(["sent", "delivered"] * (expected // 2))


def test_it_can_say_nothing_at_all(stand_in: StandIn, listener: Listener) -> None:
    stand_in.configure(callbacks="none")
    send(stand_in, callback=f"{listener.url}/s")
    stand_in.configure(callbacks="normal")
    send(stand_in, callback=f"{listener.url}/loud")
    listener.wait_for(lambda posts: len(posts) == 2)
    assert {post.target for post in listener.posts} == {"/loud"}


def test_it_lets_a_text_come_in_signed_over_the_very_url(
    stand_in: StandIn, listener: Listener
) -> None:
    target = "/webhooks/twilio/messages?tag=" + quote("sí 👍/&")
    body = "Sí 👍 + 100% & <b>"
    said = stand_in.send_inbound(sender=PHONE, to=LINE, body=body, url=listener.url + target)
    assert said["answered"] == 200
    [post] = listener.posts
    form = dict(post.form)
    assert len(form) == len(post.form) == 19
    assert (form["Body"], form["From"], form["To"]) == (body, PHONE, LINE)
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == said["sid"]
    assert is_signed(post, listener.url, stand_in.auth_token)


def test_it_lets_a_text_come_in_twice_changed_or_lost(
    stand_in: StandIn, listener: Listener
) -> None:
    url = f"{listener.url}/in"
    first = stand_in.send_inbound(sender=PHONE, to=LINE, body="1", url=url, copies=2)
    again = stand_in.send_inbound(sender=PHONE, to=LINE, body="1", url=url, sid=first["sid"])
    extra = {"ChannelMetadata": "{}", "FromCity": None}
    stand_in.send_inbound(sender=PHONE, to=LINE, body="2", url=url, extra=extra)
    lost = stand_in.send_inbound(sender=PHONE, to=LINE, body="3", url=url, webhook=False)
    assert first["sid"] == again["sid"]
    assert len(listener.posts) == 4
    changed = dict(listener.posts[-1].form)
    assert "FromCity" not in changed
    assert changed["ChannelMetadata"] == "{}"
    assert all(is_signed(post, listener.url, stand_in.auth_token) for post in listener.posts)
    assert lost["answered"] == 0


def test_it_has_every_accept_on_disk_when_it_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "deep" / "accepted.jsonl"
    with StandIn(log=log) as stand_in:
        sids = [send(stand_in, callback=None) for _ in range(20)]
        assert stand_in._process is not None
        os.kill(stand_in._process.pid, signal.SIGKILL)
    assert [row["sid"] for row in read_accepted(log)] == sids


def test_it_reads_a_log_whose_last_line_was_cut_off(tmp_path: Path) -> None:
    log = tmp_path / "accepted.jsonl"
    log.write_bytes(b'{"sid": "SM1"}\n{"sid": "SM')
    assert read_accepted(log) == [{"sid": "SM1"}]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"to": "5550123"}, 21211),
        ({"from_": "clinic"}, 21212),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"validity_period": 36001}, 90007),
    ],
)
def test_it_refuses_what_the_real_one_refuses(
    stand_in: StandIn, form: dict[str, object], code: int
) -> None:
    client = sdk(stand_in)
    wanted: dict[str, object] = {"to": PHONE, "from_": LINE, "body": "Hi"}
    assert client.messages.create(**wanted).sid
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(**(wanted | form))
    assert (caught.value.status, caught.value.code) == (400, code)
    assert len(stand_in.accepted()) == 1


def test_it_filters_its_list_by_the_day_sent(stand_in: StandIn) -> None:
    client = sdk(stand_in)
    sid = stand_in.send_inbound(sender=PHONE, to=LINE, body="1")["sid"]
    stand_in.configure(transit_seconds=60)
    queued = send(stand_in, callback=None)
    today = datetime.now(UTC)
    later = today + timedelta(days=2)
    assert [m.sid for m in client.messages.list()] == [queued, sid]
    assert [m.sid for m in client.messages.list(date_sent_after=today)] == [sid]
    assert client.messages.list(date_sent_after=later) == []


def test_it_refuses_a_wish_that_makes_no_sense(stand_in: StandIn) -> None:
    wishes: list[tuple[str, dict[str, object]]] = [
        ("fault", {"mode": "explode"}),
        ("fault", {"mode": "coded", "target": "moon"}),
        ("fault", {"mode": "coded", "nonsense": 1}),
        ("settings", {"nonsense": 1}),
        ("settings", {"callbacks": "sung"}),
        ("inbound", {"to": LINE}),
        ("nonsense", {}),
    ]
    for verb, wish in wishes:
        with pytest.raises(ValueError, match=r"."):
            stand_in.ask(verb, wish)
