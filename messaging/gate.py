"""The send gate: may this message leave now, later, or not at all, and why.

Judged twice, when a message is written and again in the moment of sending. Order matters: the
first rule that speaks decides, and what nobody can lift by waiting comes before what time lifts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from messaging.errors import NeverAllowed
from messaging.gate_facts import Decision, Facts, Purpose, Reason, Verdict
from messaging.gate_words import clock_readings, explain, rule_of
from messaging.quiet_hours import QuietRule, next_allowed

__all__ = ["Decision", "Facts", "Purpose", "Reason", "Verdict", "explain", "judge"]

# Sending is switched on again by a person, so the row is simply looked at again soon.
SENDING_OFF_PAUSE: Final = timedelta(minutes=5)
# When nobody can say when the cap clears, a day later is certainly worth another look.
CAP_PAUSE: Final = timedelta(days=1)
# A wish for a time of day may move a text to tomorrow or over a holiday, not out of its week.
LONGEST_WISH: Final = timedelta(days=2)

# Answers to what the person asked for a moment ago; a pause of automatic messages is not meant.
_ASKED_FOR: Final = frozenset({Purpose.SERVICE, Purpose.SIGN_IN})
_NUMBER_REASONS: Final = {
    "missing": Reason.NO_NUMBER,
    "landline": Reason.LANDLINE,
    "bad": Reason.WRONG_NUMBER,
    "office": Reason.OFFICE_NUMBER,
    "not_theirs": Reason.NUMBER_NOT_THEIRS,
}


def judge(facts: Facts, *, at: datetime) -> Verdict:
    """Decide about one message at the moment `at` (aware)."""
    refused = _refusal(facts, at)
    if refused is Reason.SENDING_OFF:
        return _wait_or_expire(facts, refused, at=at, until=at + SENDING_OFF_PAUSE)
    if refused is not None:
        return _verdict(facts, Decision.WITHHELD, refused, at=at)
    if facts.solicited or facts.confirms_opt_out:
        return _verdict(facts, Decision.ALLOWED, Reason.OK, at=at)
    reason, until = _first_moment(facts, at)
    if reason is Reason.OK:
        return _verdict(facts, Decision.ALLOWED, Reason.OK, at=at)
    if until is None:
        return _verdict(facts, Decision.WITHHELD, reason, at=at)
    return _wait_or_expire(facts, reason, at=at, until=until)


def _refusal(facts: Facts, at: datetime) -> Reason | None:
    """Return the first rule that no waiting of ours lifts, in the order they are to be named."""
    sms = facts.channel == "sms"
    if sms and not facts.carrier_serves_practice:
        return Reason.CARRIER_NOT_REAL
    if not facts.practice_sending:
        return Reason.SENDING_OFF
    if sms and not facts.line_registered:
        return Reason.UNREGISTERED_LINE
    if facts.patient_status != "active":
        told = facts.patient_status == "do_not_contact"
        return Reason.DO_NOT_CONTACT if told else Reason.PATIENT_INACTIVE
    refused = _refused_number(facts) if sms else None
    if refused is not None:
        return refused
    asked_for = facts.confirms_opt_out or (facts.solicited and facts.purpose in _ASKED_FOR)
    unread = facts.automated or facts.by_machine
    if unread and facts.automation_paused and not asked_for:
        return Reason.AUTOMATION_PAUSED
    if facts.not_after is not None and at > facts.not_after:
        return Reason.EXPIRED
    return None


def _refused_number(facts: Facts) -> Reason | None:
    """Return why nothing may be texted to this number, or None."""
    if facts.number_state != "ok":
        return _NUMBER_REASONS[facts.number_state]
    if facts.confirms_opt_out:  # the one text that may follow a STOP
        return None
    if facts.carrier_blocked:
        return Reason.CARRIER_BLOCKED
    if facts.number_opted_out:
        return Reason.OPTED_OUT
    if facts.consent == "withdrawn":
        return Reason.NO_CONSENT
    # Whoever texts us first may be answered, though nobody has recorded a consent yet.
    if facts.consent == "unknown" and not facts.solicited:
        return Reason.NO_CONSENT
    if facts.number_shared_unconfirmed and not facts.solicited:
        return Reason.NUMBER_SHARED_UNCONFIRMED
    return None


def _first_moment(facts: Facts, at: datetime) -> tuple[Reason, datetime | None]:
    """Return why it waits and until when: OK when it need not, None when no moment will come."""
    reason, moment = Reason.OK, at
    if facts.send_after is not None and facts.send_after > at:
        reason, moment = Reason.NOT_YET, facts.send_after
    if facts.channel != "sms":
        return reason, moment
    blocked, fitting = _fit(facts, moment)
    reason = blocked if reason is Reason.OK else reason
    if fitting is None:
        return blocked, None
    clears = _cap_clears(facts, at)
    if clears is not None and clears > fitting:
        _, fitting = _fit(facts, clears)
        reason = Reason.FREQUENCY_CAP if reason is Reason.OK else reason
    wished = _wished(facts, fitting) if fitting is not None else None
    if wished is not None and fitting is not None and wished > fitting:
        return Reason.PREFERRED_TIME if reason is Reason.OK else reason, wished
    return reason, fitting


def _wished(facts: Facts, moment: datetime) -> datetime | None:
    """The first moment from `moment` on in the hours the person chose; None when the wish gives way.

    It does when the practice's hours never meet it, within two days, or before the message is stale.
    """
    if facts.preferred is None or not facts.automated:
        return None
    _, found = _fit(facts, moment, facts.preferred)
    if found is None or found - moment > LONGEST_WISH:
        return None
    return None if facts.not_after is not None and found > facts.not_after else found


def _cap_clears(facts: Facts, at: datetime) -> datetime | None:
    """Return when the cap on automated texts allows another one; None when it is not reached."""
    reached = facts.sent_last_24h >= facts.cap_day or facts.sent_last_7d >= facts.cap_week
    if not facts.automated or not reached:
        return None
    known = facts.cap_clears_at is not None and facts.cap_clears_at > at
    return facts.cap_clears_at if known else at + CAP_PAUSE


def _fit(
    facts: Facts, moment: datetime, wish: QuietRule | None = None
) -> tuple[Reason, datetime | None]:
    """Push `moment` forward until the person's hours and the practice's both allow it.

    Returns the first of the two that held it back (OK when neither did), and None for a moment
    when the two never meet.
    """
    held_by, start = Reason.OK, moment
    hours = [(Reason.QUIET_HOURS, facts.quiet)]
    if facts.automated and facts.practice_open is not None:
        hours.append((Reason.PRACTICE_CLOSED, facts.practice_open))
    if wish is not None:
        hours.append((Reason.PREFERRED_TIME, wish))
    while moment - start <= timedelta(days=15):
        before = moment
        for reason, rule in hours:
            try:
                allowed = next_allowed(moment, rule)
            except NeverAllowed:
                return reason, None
            if allowed > moment:
                held_by = reason if held_by is Reason.OK else held_by
                moment = allowed
        if moment == before:
            return held_by, moment
    return held_by, None


def _wait_or_expire(facts: Facts, reason: Reason, *, at: datetime, until: datetime) -> Verdict:
    """A wait that ends after the message has lost its use is no wait: it is refused now."""
    # Sending may be switched on at any moment; only what is late already has lost its use.
    useful_until = at if reason is Reason.SENDING_OFF else until
    if facts.not_after is not None and useful_until > facts.not_after:
        return _verdict(facts, Decision.WITHHELD, Reason.EXPIRED, at=at)
    return _verdict(facts, Decision.WAIT, reason, at=at, until=until.astimezone(UTC))


def _verdict(
    facts: Facts,
    decision: Decision,
    reason: Reason,
    *,
    at: datetime,
    until: datetime | None = None,
) -> Verdict:
    zones = facts.quiet.zones
    return Verdict(
        decision=decision,
        reason=reason,
        until=until,
        rule=rule_of(reason),
        local_time=clock_readings(at, zones),
        zone=zones[0] if zones else "UTC",
    )
