"""Records as the SDK reads them: an odd one is reported and never stops a listing."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.rest.api.v2010.account.message import MessageInstance

from messaging.carriers.twilio_http import NeverLeft, TwilioHttp
from messaging.carriers.twilio_records import carrier_message
from messaging.delivery import MessageStatus
from tests.carrier.messages import Message

pytestmark = pytest.mark.pure

ACCOUNT, LINE, PHONE = f"AC{'b2' * 16}", "+15035550100", "+15035550123"


def record(direction: str = "outbound-api", **changed: Any) -> MessageInstance:
    kept = Message(ACCOUNT, LINE, PHONE, "Hi", direction, "delivered")
    kept.created_at = datetime(2026, 3, 3, 17, 0, 5, tzinfo=UTC)
    return MessageInstance(None, kept.as_json() | changed, account_sid=ACCOUNT)


def test_it_reads_an_ordinary_record() -> None:
    found = carrier_message(record())
    assert found is not None
    assert (found.sender, found.recipient, found.body) == (LINE, PHONE, "Hi")
    assert (found.status, found.error_code) == (MessageStatus.DELIVERED, None)
    assert found.created_at == datetime(2026, 3, 3, 17, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("direction", "ours"),
    [
        ("inbound", "inbound"),
        ("outbound-api", "outbound"),
        ("outbound-reply", "outbound"),
        ("outbound-call", "outbound"),
    ],
)
def test_it_knows_two_directions(direction: str, ours: str) -> None:
    found = carrier_message(record(direction))
    assert found is not None
    assert found.direction == ours


@pytest.mark.parametrize(
    ("direction", "least"),
    [("outbound-api", MessageStatus.SENT), ("inbound", MessageStatus.RECEIVED)],
)
def test_it_reads_an_unknown_word_as_the_least_it_proves_and_says_so(
    direction: str, least: MessageStatus, caplog: pytest.LogCaptureFixture
) -> None:
    found = carrier_message(record(direction, status="teleported"))
    assert found is not None
    assert found.status is least
    assert "teleported" in caplog.text
    assert PHONE not in caplog.text


@pytest.mark.parametrize(
    "changed", [{"date_created": None}, {"date_created": "yesterday"}, {"sid": None}]
)
def test_it_passes_over_a_record_without_sid_or_date_and_says_so(
    changed: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    assert carrier_message(record(**changed)) is None
    assert "without a sid or date" in caplog.text


@pytest.mark.parametrize(
    "uri",
    [
        "https://api.twilio.com.example.org/2010-04-01/Accounts.json",
        "https://messaging.twilio.com.example.org/v1/Services",
        "https://video.twilio.com/v1/Rooms",
        "http://api.twilio.com/2010-04-01/Accounts.json",
    ],
)
def test_it_takes_credentials_to_no_other_host(uri: str) -> None:
    http = TwilioHttp(base_url="http://127.0.0.1:1", connect_timeout=1, read_timeout=1)
    with pytest.raises(NeverLeft, match="ForeignHost"):
        http.request("GET", uri, auth=(ACCOUNT, "token"))
