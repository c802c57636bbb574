"""The sandbox carrier hands everything to its store, and its memory store answers like a carrier."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from messaging.carriers.base import (
    Account,
    Carrier,
    InDoubt,
    NotAccepted,
    Outgoing,
    RecipientOptedOut,
)
from messaging.carriers.sandbox import MemoryStore, SandboxCarrier
from messaging.carriers.twilio import TwilioCarrier
from messaging.carriers.twilio_forms import MESSAGE_SID

pytestmark = pytest.mark.pure

LINE, PHONE = "+15035550100", "+15035550123"
MINE, OTHER = Account("AC-mine", "token"), Account("AC-other", "token")
START = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def carrier(store: MemoryStore, clock: Clock) -> SandboxCarrier:
    return SandboxCarrier(store, now=clock)


def text(**changed: Any) -> Outgoing:
    values: dict[str, Any] = {
        "message_id": UUID("0193a1c2-0000-7000-8000-000000000001"),
        "sender": LINE,
        "recipient": PHONE,
        "body": "Hello",
        "status_callback": None,
        "validity_seconds": None,
        "account_sid": MINE.sid,
        "auth_token": MINE.token,
    }
    return Outgoing(**(values | changed))


def test_it_is_a_carrier_like_the_real_one(carrier: SandboxCarrier) -> None:
    carriers: list[Carrier] = [carrier, TwilioCarrier()]
    assert [each.kind for each in carriers] == ["sandbox", "twilio"]


def test_it_keeps_what_it_is_given_and_finds_it_again(
    carrier: SandboxCarrier, store: MemoryStore
) -> None:
    receipt = carrier.send(text(body="Hola"))
    assert [kept.body for kept in store.accepted] == ["Hola"]
    found = carrier.fetch(MINE, receipt.provider_id)
    assert found is not None
    assert (found.sender, found.recipient, found.body) == (LINE, PHONE, "Hola")
    assert (found.direction, found.created_at) == ("outbound", START)
    assert carrier.fetch(OTHER, receipt.provider_id) is None
    assert carrier.fetch(MINE, "SM0") is None


def test_it_gives_ids_of_the_shape_a_carrier_gives(carrier: SandboxCarrier) -> None:
    ids = {carrier.send(text()).provider_id for _ in range(50)}
    assert len(ids) == 50
    assert all(re.fullmatch(MESSAGE_SID, each) for each in ids)


def test_it_lists_newest_first_within_one_account(carrier: SandboxCarrier, clock: Clock) -> None:
    old = carrier.send(text())
    clock.now = START + timedelta(hours=3)
    sent = [carrier.send(text()) for _ in range(2)]
    carrier.send(text(account_sid=OTHER.sid))
    carrier.send(text(recipient="+15035550199"))
    listed = carrier.list_messages(MINE, sender=LINE, recipient=PHONE, since=clock.now)
    assert [each.provider_id for each in listed] == [s.provider_id for s in sent[::-1]]
    all_time = carrier.list_messages(MINE, recipient=PHONE, since=START)
    assert old.provider_id in {each.provider_id for each in all_time}


def test_it_refuses_who_opted_out(carrier: SandboxCarrier, store: MemoryStore) -> None:
    store.opted_out.add((LINE, PHONE))
    with pytest.raises(RecipientOptedOut) as caught:
        carrier.send(text())
    assert caught.value.code == 21610
    assert store.accepted == []
    carrier.send(text(sender="+15035550101"))
    assert [kept.sender for kept in store.accepted] == ["+15035550101"]


def test_it_fails_as_told_and_then_works_again(carrier: SandboxCarrier, store: MemoryStore) -> None:
    store.fail_next(NotAccepted(), InDoubt())
    for error in (NotAccepted, InDoubt):
        with pytest.raises(error):
            carrier.send(text())
    assert store.accepted == []
    carrier.send(text())
    assert len(store.accepted) == 1


def test_it_tells_the_time_by_itself_when_nobody_does(store: MemoryStore) -> None:
    carrier = SandboxCarrier(store)
    before = datetime.now(UTC)
    receipt = carrier.send(text())
    found = carrier.fetch(MINE, receipt.provider_id)
    assert found is not None
    assert before <= found.created_at <= datetime.now(UTC)


def test_it_shows_no_text_number_or_secret_when_printed() -> None:
    printed = repr(text(body="Canary")) + repr(Account("AC1", "canary-token"))
    assert "AC1" in printed
    for secret in ("Canary", "canary-token", LINE, PHONE):
        assert secret not in printed
