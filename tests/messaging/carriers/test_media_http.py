"""Fetching one file from the stand-in as from Twilio: whole, within its size and its time, and told apart
from what is gone or may come."""

import time

import pytest

from messaging.carriers.base import Account
from messaging.carriers.media_errors import (
    TOO_LARGE,
    MediaGone,
    MediaNotFetched,
    MediaRefused,
)
from messaging.carriers.media_http import MOST_BYTES
from messaging.carriers.twilio import TwilioCarrier
from tests.carrier.client import StandIn
from tests.messaging.carriers.conftest import PICTURE, send_file


def counts(stand_in: StandIn) -> tuple[int, int, int]:
    return tuple(stand_in.requests(kind) for kind in ("media", "file", "file_with_credentials"))  # type: ignore[return-value]


def test_it_fetches_a_file_and_keeps_its_credentials_to_itself(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account
) -> None:
    before = counts(stand_in)
    assert carrier.fetch_media(account, *send_file(stand_in)) == PICTURE
    assert carrier.fetch_media(account, *send_file(stand_in, hops=1)) == PICTURE
    after = counts(stand_in)
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 3, 0]


def test_it_lists_the_files_of_a_message(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account
) -> None:
    sid, url = send_file(stand_in, type="image/png")
    (found,) = carrier.list_media(account, sid)
    assert (found.url, found.declared_type) == (url, "image/png")
    kept = carrier.fetch(account, sid)
    assert kept is not None
    assert kept.media_count == 1


def test_it_takes_exactly_five_megabytes(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account
) -> None:
    patient = TwilioCarrier(stand_in.base_url)
    whole = b"x" * MOST_BYTES
    assert patient.fetch_media(account, *send_file(stand_in, whole)) == whole


@pytest.mark.parametrize("claims", [None, 10 * MOST_BYTES, -1])
def test_it_takes_no_more_than_five_megabytes_whatever_is_claimed(
    stand_in: StandIn, account: Account, claims: int | None
) -> None:
    content = b"x" * (MOST_BYTES + 1) if claims != 10 * MOST_BYTES else b"x"
    with pytest.raises(MediaRefused) as refused:
        TwilioCarrier(stand_in.base_url).fetch_media(
            account, *send_file(stand_in, content, claims=claims)
        )
    assert refused.value.reason == TOO_LARGE


def test_it_takes_what_a_length_claims_and_not_a_byte_more(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account
) -> None:
    assert carrier.fetch_media(account, *send_file(stand_in, PICTURE, claims=4)) == PICTURE[:4]


def test_it_takes_no_half_file(stand_in: StandIn, carrier: TwilioCarrier, account: Account) -> None:
    with pytest.raises(MediaNotFetched, match="try again") as failed:
        carrier.fetch_media(account, *send_file(stand_in, PICTURE, claims=len(PICTURE) + 1))
    assert failed.value.detail == "cut off"


@pytest.mark.parametrize("wish", [{"drip": 0.05}, {"late": 2.0}])
def test_it_gives_up_after_its_time_however_slowly_the_bytes_come(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, wish: dict[str, float]
) -> None:
    began = time.monotonic()
    with pytest.raises(MediaNotFetched) as failed:
        carrier.fetch_media(account, *send_file(stand_in, **wish))
    assert failed.value.detail == "TimeoutError"
    assert time.monotonic() - began < 20  # half a second for everything; dripping takes forty


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, MediaGone), (410, MediaGone), (401, MediaNotFetched), (403, MediaNotFetched),
     (429, MediaNotFetched), (500, MediaNotFetched), (503, MediaNotFetched), (204, MediaNotFetched)],
)  # fmt: skip
def test_it_tells_what_is_gone_from_what_may_come(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, status: int, error: type[Exception]
) -> None:
    with pytest.raises(error) as failed:
        carrier.fetch_media(account, *send_file(stand_in, status=status))
    assert failed.value.detail == str(status)  # type: ignore[attr-defined]


def test_it_does_not_fetch_with_a_wrong_token(stand_in: StandIn, carrier: TwilioCarrier) -> None:
    with pytest.raises(MediaNotFetched):
        carrier.fetch_media(Account(stand_in.account_sid, "wrong"), *send_file(stand_in))


def test_it_asks_no_proxy_of_the_environment(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert carrier.fetch_media(account, *send_file(stand_in)) == PICTURE


def test_it_waits_for_a_carrier_that_is_away(stand_in: StandIn, account: Account) -> None:
    away = TwilioCarrier("http://127.0.0.1:9")
    with pytest.raises(MediaNotFetched) as failed:
        away.fetch_media(account, *send_file(stand_in))
    assert failed.value.detail == "ConnectionRefusedError"
