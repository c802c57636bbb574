"""Asking the carrier what it has: one message, and lists that are filtered, paged and late."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from messaging.carriers import twilio
from messaging.carriers.base import (
    Account,
    CarrierBusy,
    CarrierMisconfigured,
    LookupFailed,
    Outgoing,
    SendError,
)
from messaging.carriers.twilio import TwilioCarrier
from messaging.delivery import MessageStatus
from tests.carrier.client import StandIn

LINE, PHONE = "+15035550100", "+15035550123"
Build = Callable[..., Outgoing]


@pytest.fixture
def since() -> datetime:
    return datetime.now(UTC)


def test_it_fetches_what_it_sent(
    carrier: TwilioCarrier, account: Account, outgoing: Build, since: datetime
) -> None:
    sent = carrier.send(outgoing(body="Hola, ¿llegó?"))
    found = carrier.fetch(account, sent.provider_id)
    assert found is not None
    assert (found.provider_id, found.direction) == (sent.provider_id, "outbound")
    assert (found.sender, found.recipient, found.body) == (LINE, PHONE, "Hola, ¿llegó?")
    assert found.created_at.tzinfo is not None
    assert abs(found.created_at - since) < timedelta(seconds=5)


def test_it_fetches_a_text_that_came_in(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account
) -> None:
    sid = stand_in.send_inbound(sender=PHONE, to=LINE, body="1")["sid"]
    found = carrier.fetch(account, sid)
    assert found is not None
    assert (found.direction, found.status) == ("inbound", MessageStatus.RECEIVED)
    assert (found.sender, found.recipient, found.body) == (PHONE, LINE, "1")


@pytest.mark.parametrize("sid", [f"SM{'0' * 32}", "", "SM1", "../../Calls", f"SM{'0' * 32}/x"])
def test_it_finds_nothing_under_a_sid_nobody_has(
    carrier: TwilioCarrier, account: Account, sid: str
) -> None:
    assert carrier.fetch(account, sid) is None


def test_it_finds_nothing_of_another_account(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, outgoing: Build
) -> None:
    sent = carrier.send(outgoing())
    other = Account(f"AC{'f' * 32}", "other-token")
    stand_in.configure(account={"sid": other.sid, "token": other.token})
    assert carrier.fetch(account, sent.provider_id) is not None
    assert carrier.fetch(other, sent.provider_id) is None


def test_it_shows_what_became_of_a_text_with_its_code(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, outgoing: Build
) -> None:
    stand_in.set_outcome("+15035550161", "undelivered", 30003)
    stand_in.set_outcome("+15035550162", "failed", 30036)
    unreachable = carrier.send(outgoing(recipient="+15035550161"))
    lapsed = carrier.send(outgoing(recipient="+15035550162"))
    ends = {}
    for sent in (unreachable, lapsed):
        found = None
        while found is None or found.status is MessageStatus.SENT:
            found = carrier.fetch(account, sent.provider_id)
        ends[sent.provider_id] = (found.status, found.error_code)
    assert ends[unreachable.provider_id] == (MessageStatus.FAILED, 30003)
    assert ends[lapsed.provider_id] == (MessageStatus.EXPIRED, 30036)


def test_it_lists_only_that_pair_newest_first(
    carrier: TwilioCarrier, account: Account, outgoing: Build, since: datetime
) -> None:
    mine = [carrier.send(outgoing(recipient="+15035550171")).provider_id for _ in range(3)]
    other = carrier.send(outgoing(recipient="+15035550172")).provider_id
    wrong_line = carrier.send(outgoing(sender="+15035550101", recipient="+15035550171"))
    listed = carrier.list_messages(account, sender=LINE, recipient="+15035550171", since=since)
    assert [found.provider_id for found in listed] == mine[::-1]
    everything = {found.provider_id for found in carrier.list_messages(account, since=since)}
    assert {*mine, other, wrong_line.provider_id} <= everything


def test_it_lists_a_text_the_carrier_has_not_sent_on_yet(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, outgoing: Build, since: datetime
) -> None:
    stand_in.configure(transit_seconds=60)
    queued = carrier.send(outgoing(recipient="+15035550173"))
    [found] = carrier.list_messages(account, recipient="+15035550173", since=since)
    assert found.provider_id == queued.provider_id


def test_it_does_not_see_what_the_list_does_not_show_yet(
    stand_in: StandIn, carrier: TwilioCarrier, account: Account, outgoing: Build, since: datetime
) -> None:
    stand_in.configure(list_lag_seconds=60)
    carrier.send(outgoing(recipient="+15035550174"))
    assert list(carrier.list_messages(account, recipient="+15035550174", since=since)) == []
    stand_in.configure(list_lag_seconds=0)
    assert len(list(carrier.list_messages(account, recipient="+15035550174", since=since))) == 1


def test_it_reads_on_over_pages_and_stops_at_what_is_too_old(
    stand_in: StandIn,
    carrier: TwilioCarrier,
    account: Account,
    outgoing: Build,
    since: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(twilio, "_PAGE_SIZE", 4)
    sent = [carrier.send(outgoing(recipient="+15035550175")).provider_id for _ in range(10)]
    listed = carrier.list_messages(account, recipient="+15035550175", since=since)
    assert [found.provider_id for found in listed] == sent[::-1]
    before = stand_in.requests("list")
    assert list(carrier.list_messages(account, since=since + timedelta(hours=1))) == []
    assert stand_in.requests("list") - before == 1


READS: list[tuple[str, dict[str, object], type[SendError]]] = [
    ("busy_429", {}, CarrierBusy),
    ("error_500_before", {}, LookupFailed),
    ("drop_before_accept", {}, LookupFailed),
    ("read_timeout", {"delay": 0.8}, LookupFailed),
    ("coded", {"code": 20003, "http_status": 401}, CarrierMisconfigured),
    ("uncoded", {"http_status": 200}, LookupFailed),
]


@pytest.mark.parametrize(("mode", "options", "expected"), READS)
def test_it_can_always_ask_again_when_a_read_fails(
    stand_in: StandIn,
    carrier: TwilioCarrier,
    account: Account,
    since: datetime,
    mode: str,
    options: dict[str, object],
    expected: type[SendError],
) -> None:
    for target in ("fetch", "list"):
        stand_in.set_fault(mode, target=target, **options)
    with pytest.raises(SendError) as fetching:
        carrier.fetch(account, f"SM{'0' * 32}")
    with pytest.raises(SendError) as listing:
        list(carrier.list_messages(account, since=since))
    for caught in (fetching.value, listing.value):
        assert type(caught) is expected
        assert caught.retryable
        assert not caught.in_doubt


def test_it_cannot_read_with_a_wrong_token(carrier: TwilioCarrier, account: Account) -> None:
    wrong = Account(account.sid, "wrong")
    with pytest.raises(CarrierMisconfigured):
        carrier.fetch(wrong, f"SM{'0' * 32}")
    with pytest.raises(CarrierMisconfigured):
        list(carrier.list_messages(wrong, since=datetime(2026, 1, 1, tzinfo=UTC)))


def test_it_cannot_read_from_a_carrier_that_is_not_there(account: Account) -> None:
    with pytest.raises(LookupFailed):
        TwilioCarrier("http://127.0.0.1:1").fetch(account, f"SM{'0' * 32}")
