"""Sending through the SDK to the stand-in: every class of outcome, compared with the accept log."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from messaging.carriers.base import (
    CarrierBusy,
    CarrierMisconfigured,
    InDoubt,
    NotAccepted,
    Outgoing,
    RecipientOptedOut,
    Refused,
    SenderQueueFull,
    SendError,
)
from messaging.carriers.twilio import TwilioCarrier
from messaging.carriers.twilio_errors import send_error
from messaging.delivery import MessageStatus
from messaging.delivery_errors import policy_for
from tests.carrier.client import StandIn

LINE, PHONE = "+15035550100", "+15035550123"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
Build = Callable[..., Outgoing]


def test_it_hands_a_text_over_once_and_whole(
    stand_in: StandIn, carrier: TwilioCarrier, outgoing: Build
) -> None:
    before = len(stand_in.accepted())
    text = outgoing(
        body="¿Llegó su medicina? 💊 & más",
        status_callback="http://127.0.0.1:9/webhooks/twilio/messages/x/status?a=%2F",
        validity_seconds=600,
    )
    receipt = carrier.send(text)
    [row] = stand_in.accepted()[before:]
    assert receipt.provider_id == row["sid"]
    assert receipt.status is MessageStatus.SENT
    assert receipt.segments == 1
    assert (row["from"], row["to"], row["body"]) == (LINE, PHONE, text.body)
    assert row["status_callback"] == text.status_callback
    assert row["validity_period"] == "600"


def test_it_leaves_out_what_is_not_set(
    stand_in: StandIn, carrier: TwilioCarrier, outgoing: Build
) -> None:
    carrier.send(outgoing())
    row = stand_in.accepted()[-1]
    assert row["status_callback"] is None
    assert row["validity_period"] is None


def test_it_counts_segments_as_the_carrier_does(carrier: TwilioCarrier, outgoing: Build) -> None:
    assert carrier.send(outgoing(body="x" * 161)).segments == 2


# mode, options → the error, and whether the carrier took the message all the same
OUTCOMES: list[tuple[str, dict[str, object], type[SendError], bool]] = [
    ("drop_before_accept", {}, InDoubt, False),
    ("accept_then_drop", {}, InDoubt, True),
    ("accept_then_late", {"delay": 0.8}, InDoubt, True),
    ("read_timeout", {"delay": 0.8}, InDoubt, False),
    ("busy_429", {}, CarrierBusy, False),
    ("error_500_before", {}, InDoubt, False),
    ("error_500_after", {}, InDoubt, True),
    ("garbled", {}, InDoubt, True),
    ("no_sid", {}, InDoubt, True),
    ("uncoded", {"http_status": 502}, InDoubt, False),
    ("uncoded", {"http_status": 408}, InDoubt, False),
    ("uncoded", {"http_status": 400}, NotAccepted, False),
    ("uncoded", {"http_status": 403}, CarrierMisconfigured, False),
    ("uncoded", {"http_status": 404}, CarrierMisconfigured, False),
    ("uncoded", {"http_status": 307}, CarrierMisconfigured, False),
    ("coded", {"code": 21211}, Refused, False),
    ("coded", {"code": 21610}, RecipientOptedOut, False),
    ("coded", {"code": 21611}, SenderQueueFull, False),
    ("coded", {"code": 21606}, CarrierMisconfigured, False),
    ("coded", {"code": 29999}, Refused, False),
]


@pytest.mark.parametrize(("mode", "options", "expected", "taken"), OUTCOMES)
def test_it_tells_apart_what_was_not_accepted_from_what_is_in_doubt(
    stand_in: StandIn,
    carrier: TwilioCarrier,
    outgoing: Build,
    mode: str,
    options: dict[str, object],
    expected: type[SendError],
    taken: bool,
) -> None:
    before = len(stand_in.accepted())
    stand_in.set_fault(mode, **options)
    with pytest.raises(SendError) as caught:
        carrier.send(outgoing())
    assert type(caught.value) is expected
    assert len(stand_in.accepted()) - before == int(taken)
    assert taken <= caught.value.in_doubt  # what may have been taken is never called failed
    if mode == "coded":
        assert caught.value.code == options["code"]


def test_it_tells_what_is_worth_another_try() -> None:
    assert NotAccepted.retryable
    assert CarrierBusy.retryable
    assert not InDoubt.retryable
    assert not Refused.retryable
    assert CarrierMisconfigured.our_fault


def test_it_calls_a_bad_number_permanent_and_an_unknown_code_not(
    stand_in: StandIn, carrier: TwilioCarrier, outgoing: Build
) -> None:
    stand_in.set_fault("coded", code=21211)
    with pytest.raises(Refused) as bad:
        carrier.send(outgoing())
    stand_in.set_fault("coded", code=29999)
    with pytest.raises(Refused) as unknown:
        carrier.send(outgoing())
    assert (bad.value.permanent, unknown.value.permanent) == (True, False)


@pytest.mark.parametrize("code", [21211, 21614, 30003, 30006, 30007, 30008])
def test_it_is_as_final_about_a_text_as_the_table_of_codes(code: int) -> None:
    error = send_error(400, code)
    assert type(error) is Refused
    assert (error.permanent, error.code) == (policy_for(code).permanent, code)
    assert error.person_text == policy_for(code).person_text


def test_it_takes_a_sid_for_an_acceptance_though_it_does_not_know_the_word_beside_it(
    stand_in: StandIn, carrier: TwilioCarrier, outgoing: Build
) -> None:
    stand_in.set_fault("odd_status")
    receipt = carrier.send(outgoing())
    assert receipt.status is MessageStatus.SENT
    assert receipt.provider_id == stand_in.accepted()[-1]["sid"]


def test_it_sends_nothing_after_stop_until_start(
    stand_in: StandIn, carrier: TwilioCarrier, outgoing: Build
) -> None:
    stand_in.send_inbound(sender=PHONE, to=LINE, body="Stop")
    before = len(stand_in.accepted())
    with pytest.raises(RecipientOptedOut) as caught:
        carrier.send(outgoing())
    assert caught.value.permanent
    assert len(stand_in.accepted()) == before
    stand_in.send_inbound(sender=PHONE, to=LINE, body="START")
    assert carrier.send(outgoing()).provider_id == stand_in.accepted()[-1]["sid"]


def test_it_blames_our_set_up_for_a_wrong_token(
    stand_in: StandIn, carrier: TwilioCarrier, outgoing: Build
) -> None:
    before = len(stand_in.accepted())
    with pytest.raises(CarrierMisconfigured):
        carrier.send(outgoing(auth_token="wrong"))
    for sid in ("", "AC1", f"AC{'0' * 32}/../x"):
        with pytest.raises(CarrierMisconfigured):
            carrier.send(outgoing(account_sid=sid))
    assert len(stand_in.accepted()) == before


@pytest.mark.parametrize("url", ["", "api.twilio.com", "ftp://127.0.0.1", "https://"])
def test_it_refuses_a_base_url_that_is_none(url: str) -> None:
    with pytest.raises(CarrierMisconfigured):
        TwilioCarrier(url)


ERRORS = ["coded", "busy_429", "error_500_after", "drop_before_accept", "read_timeout", "garbled"]


@pytest.mark.parametrize("mode", ["", "opted_out", *ERRORS])
def test_it_logs_no_number_no_body_and_no_token(
    stand_in: StandIn,
    carrier: TwilioCarrier,
    outgoing: Build,
    caplog: pytest.LogCaptureFixture,
    mode: str,
) -> None:
    caplog.set_level(logging.INFO)
    text = outgoing(body="Canary body 8301", recipient="+15035550188")
    if mode == "opted_out":  # Twilio's own error text repeats the number
        stand_in.configure(opted_out=[[LINE, text.recipient]])
    elif mode:
        stand_in.set_fault(mode, delay=0.8)
    try:
        carrier.send(text)
    except SendError:
        logging.getLogger("outbox").exception("not sent")  # as a caller would, traceback and all
    list(carrier.list_messages(text.account, recipient=text.recipient, since=LONG_AGO))
    logged = caplog.text + repr(text) + repr(text.account)
    for secret in ("5035550188", "5035550100", "Canary", stand_in.auth_token):
        assert secret not in logged
