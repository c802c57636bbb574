"""Forms of delivery reports: what is read, and what is refused."""

import pytest

from messaging.carriers.base import BadWebhook
from messaging.carriers.twilio_forms import parse_status
from messaging.delivery import MessageStatus, UnknownCarrierWord

pytestmark = pytest.mark.pure

SID, ACCOUNT = f"SM{'a1' * 16}", f"AC{'b2' * 16}"
LINE, PHONE = "+15035550100", "+15035550123"


def status(**changed: str | None) -> list[tuple[str, str]]:
    form: dict[str, str | None] = {
        "MessageSid": SID,
        "SmsSid": SID,
        "MessageStatus": "delivered",
        "SmsStatus": "delivered",
        "To": PHONE,
        "From": LINE,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        **changed,
    }
    return [(key, value) for key, value in form.items() if value is not None]


@pytest.mark.parametrize(
    ("word", "code", "expected", "expected_code"),
    [
        ("queued", None, MessageStatus.SENT, None),
        ("sent", "", MessageStatus.SENT, None),
        ("delivered", None, MessageStatus.DELIVERED, None),
        ("undelivered", "30003", MessageStatus.FAILED, 30003),
        ("failed", "30008", MessageStatus.FAILED, 30008),
        ("failed", "30036", MessageStatus.EXPIRED, 30036),
        ("delivered", "0", MessageStatus.DELIVERED, None),
    ],
)
def test_it_reads_a_delivery_report(
    word: str, code: str | None, expected: MessageStatus, expected_code: int | None
) -> None:
    report = parse_status(status(MessageStatus=word, SmsStatus=word, ErrorCode=code))
    assert (report.status, report.error_code) == (expected, expected_code)
    assert (report.provider_id, report.account_sid) == (SID, ACCOUNT)
    assert (report.sender, report.recipient) == (LINE, PHONE)
    assert report.unknown_keys == ()


def test_it_reads_a_report_with_the_carriers_extras() -> None:
    extras = {"RawDlrDoneDate": "2603031700", "ErrorMessage": "Unreachable", "ChannelPrefix": "x"}
    assert parse_status(status(**extras)).unknown_keys == ("ChannelPrefix",)


def test_it_refuses_a_state_nobody_knows() -> None:
    with pytest.raises(UnknownCarrierWord):
        parse_status(status(MessageStatus="teleported", SmsStatus=None))


@pytest.mark.parametrize(
    "changed",
    [
        {"MessageSid": None},
        {"AccountSid": None},
        {"MessageStatus": None},
        {"MessageSid": "x"},
        {"SmsSid": f"SM{'0' * 32}"},
        {"SmsStatus": "sent"},
        {"ErrorCode": "30003x"},
        {"ErrorCode": "1234567"},
        {"To": "nobody"},
        {"MessageStatus": "DELIVERED"},
    ],
)
def test_it_refuses_a_report_that_is_not_in_shape(changed: dict[str, str | None]) -> None:
    parse_status(status())  # else this test proves nothing
    with pytest.raises(BadWebhook):
        parse_status(status(**changed))


def test_it_refuses_a_report_with_a_repeated_key() -> None:
    with pytest.raises(BadWebhook):
        parse_status([*status(), ("MessageStatus", "delivered")])
