"""The send gate: what it refuses, in which order, and what it lets through at once."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.gate import Decision, Facts, Purpose, Reason, Verdict, judge
from messaging.quiet_hours import WIDEST_US_ZONES, QuietRule
from tests.messaging.gate_cases import (
    EIGHT_TO_NINE,
    MORNING,
    NIGHT,
    NOON,
    OFFICE,
    QUIET,
    facts,
    local,
)

pytestmark = pytest.mark.pure


def test_it_lets_an_ordinary_text_leave() -> None:
    verdict = judge(facts(), at=NOON)
    assert verdict.allowed
    assert (verdict.reason, verdict.until) == (Reason.OK, None)


REFUSALS: list[tuple[dict[str, Any], Reason]] = [
    ({"carrier_serves_practice": False}, Reason.CARRIER_NOT_REAL),
    ({"line_registered": False}, Reason.UNREGISTERED_LINE),
    ({"patient_status": "do_not_contact"}, Reason.DO_NOT_CONTACT),
    ({"patient_status": "deceased"}, Reason.PATIENT_INACTIVE),
    ({"patient_status": "admitted"}, Reason.PATIENT_INACTIVE),
    ({"patient_status": "hospice"}, Reason.PATIENT_INACTIVE),
    ({"patient_status": "left_practice"}, Reason.PATIENT_INACTIVE),
    ({"number_state": "missing"}, Reason.NO_NUMBER),
    ({"number_state": "landline"}, Reason.LANDLINE),
    ({"number_state": "bad"}, Reason.WRONG_NUMBER),
    ({"number_state": "not_theirs"}, Reason.NUMBER_NOT_THEIRS),
    ({"number_opted_out": True}, Reason.OPTED_OUT),
    ({"consent": "withdrawn"}, Reason.NO_CONSENT),
    ({"consent": "unknown"}, Reason.NO_CONSENT),
    ({"number_shared_unconfirmed": True}, Reason.NUMBER_SHARED_UNCONFIRMED),
    ({"automation_paused": True}, Reason.AUTOMATION_PAUSED),
    ({"not_after": NOON - timedelta(seconds=1)}, Reason.EXPIRED),
]


@pytest.mark.parametrize(("changed", "reason"), REFUSALS)
def test_it_withholds_for_each_reason_by_day_and_by_night(
    changed: dict[str, Any], reason: Reason
) -> None:
    for at in (NOON, NIGHT):
        verdict = judge(facts(**changed), at=at)
        assert (verdict.decision, verdict.reason) == (Decision.WITHHELD, reason)
        assert verdict.until is None


@pytest.mark.parametrize("first", range(len(REFUSALS)))
def test_it_names_the_reason_that_comes_first(first: int) -> None:
    together: dict[str, Any] = {}
    for changed, _ in reversed(REFUSALS[first:]):
        together |= changed
    assert judge(facts(**together), at=NOON).reason is REFUSALS[first][1]


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("automated", [True, False])
@pytest.mark.parametrize("solicited", [True, False])
@given(hour=st.integers(0, 23))
def test_it_sends_nothing_by_sms_after_an_opt_out(
    purpose: Purpose, automated: bool, solicited: bool, hour: int
) -> None:
    after = facts(purpose=purpose, automated=automated, solicited=solicited, number_opted_out=True)
    verdict = judge(after, at=NOON + timedelta(hours=hour))
    assert (verdict.decision, verdict.reason) == (Decision.WITHHELD, Reason.OPTED_OUT)


def test_it_lets_the_one_confirmation_of_an_opt_out_leave_at_once_even_at_night() -> None:
    stopped = {"number_opted_out": True, "consent": "withdrawn", "automation_paused": True}
    confirmation = facts(purpose=Purpose.SERVICE, confirms_opt_out=True, **stopped)
    assert judge(confirmation, at=NIGHT).allowed
    late = dataclasses.replace(confirmation, not_after=NIGHT - timedelta(minutes=1))
    assert judge(late, at=NIGHT).reason is Reason.EXPIRED
    wrong = dataclasses.replace(confirmation, number_state="bad")
    assert judge(wrong, at=NIGHT).reason is Reason.WRONG_NUMBER


def test_it_answers_at_once_what_the_person_just_asked() -> None:
    busy = {"sent_last_24h": 9, "sent_last_7d": 9, "practice_open": OFFICE}
    assert judge(facts(**busy), at=NIGHT).decision is Decision.WAIT
    assert judge(facts(solicited=True, **busy), at=NIGHT).allowed
    assert judge(facts(solicited=True, send_after=MORNING), at=NIGHT).allowed


def test_it_may_answer_somebody_whose_consent_nobody_recorded_but_not_who_withdrew_it() -> None:
    stranger = facts(purpose=Purpose.SERVICE, solicited=True, consent="unknown")
    assert judge(stranger, at=NIGHT).allowed
    withdrew = dataclasses.replace(stranger, consent="withdrawn")
    assert judge(withdrew, at=NIGHT).reason is Reason.NO_CONSENT


@pytest.mark.parametrize(
    ("purpose", "solicited", "decision"),
    [
        (Purpose.SERVICE, True, Decision.ALLOWED),
        (Purpose.SIGN_IN, True, Decision.ALLOWED),
        (Purpose.SERVICE, False, Decision.WITHHELD),
        (Purpose.CARE_NAVIGATION, True, Decision.WITHHELD),
    ],
)
def test_it_pauses_automatic_texts_but_not_what_was_asked_for(
    purpose: Purpose, solicited: bool, decision: Decision
) -> None:
    paused = facts(purpose=purpose, solicited=solicited, automation_paused=True)
    assert judge(paused, at=NOON).decision is decision


def test_it_lets_staff_write_past_caps_and_office_hours_but_not_in_quiet_hours() -> None:
    staff = facts(
        purpose=Purpose.STAFF_REPLY,
        automated=False,
        automation_paused=True,
        practice_open=OFFICE,
        sent_last_24h=9,
        sent_last_7d=9,
    )
    evening = local("2026-03-03 20:00")
    assert judge(staff, at=evening).allowed
    assert judge(dataclasses.replace(staff, automated=True), at=evening).reason is not Reason.OK
    night = judge(staff, at=NIGHT)
    assert (night.reason, night.until) == (Reason.QUIET_HOURS, MORNING)


def test_it_asks_of_the_portal_only_what_concerns_the_portal() -> None:
    no_texts: dict[str, Any] = {
        "carrier_serves_practice": False,
        "line_registered": False,
        "number_state": "missing",
        "number_opted_out": True,
        "consent": "withdrawn",
        "practice_open": OFFICE,
        "sent_last_24h": 9,
        "sent_last_7d": 9,
    }
    assert judge(facts(channel="portal", **no_texts), at=NIGHT).allowed
    for still in ({"patient_status": "deceased"}, {"automation_paused": True}):
        assert not judge(facts(channel="portal", **still), at=NIGHT).allowed
    planned = judge(facts(channel="portal", send_after=NIGHT), at=NOON)
    assert (planned.reason, planned.until) == (Reason.NOT_YET, NIGHT)


moments = st.integers(0, 60 * 24 * 400).map(lambda minutes: NOON + timedelta(minutes=minutes))
anything = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(["sms", "portal"]),
        "purpose": st.sampled_from(list(Purpose)),
        "automated": st.booleans(),
        "solicited": st.booleans(),
        "consent": st.sampled_from(["given", "withdrawn", "unknown"]),
        "practice_open": st.sampled_from([None, OFFICE]),
        "quiet": st.sampled_from([QUIET, QuietRule(EIGHT_TO_NINE, WIDEST_US_ZONES)]),
        "sent_last_24h": st.integers(0, 3),
        "sent_last_7d": st.integers(0, 5),
        "automation_paused": st.booleans(),
        "practice_sending": st.booleans(),
    }
)


@given(chosen=anything, at=moments, planned=st.integers(-48, 96), useful=st.integers(-10, 200))
def test_it_never_sends_when_any_rule_forbids_it_and_every_wait_ends_well(
    chosen: dict[str, Any], at: datetime, planned: int, useful: int
) -> None:
    given_facts = Facts(
        **chosen,
        send_after=at + timedelta(hours=planned),
        not_after=at + timedelta(hours=useful),
        cap_clears_at=at + timedelta(hours=30),
    )
    verdict = judge(given_facts, at=at)
    if verdict.allowed:
        assert useful >= 0
        assert given_facts.practice_sending
        assert given_facts.solicited or planned <= 0
        assert given_facts.channel == "portal" or given_facts.consent != "withdrawn"
    if verdict.decision is Decision.WAIT and verdict.reason is not Reason.SENDING_OFF:
        assert verdict.until is not None
        assert at < verdict.until <= at + timedelta(hours=useful)
        then = dataclasses.replace(given_facts, sent_last_24h=0, sent_last_7d=0)
        assert judge(then, at=verdict.until).allowed


@given(chosen=anything, at=moments)
def test_it_survives_being_stored(chosen: dict[str, Any], at: datetime) -> None:
    verdict = judge(Facts(**chosen), at=at)
    assert Verdict.from_json(verdict.to_json()) == verdict
