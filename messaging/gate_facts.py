"""What the send gate is told (`Facts`) and what it answers (`Verdict`): plain values.

A verdict is stored with the message as JSON, so it can be explained to a person years later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from messaging.quiet_hours import QuietRule


class Purpose(StrEnum):
    """What a message is for. `service`: answers to STOP and HELP, notices outside hours."""

    CARE_NAVIGATION = "care_navigation"
    APPOINTMENT = "appointment"
    REFERRAL = "referral"
    SIGN_IN = "sign_in"
    SERVICE = "service"
    STAFF_REPLY = "staff_reply"


class Decision(StrEnum):
    """May it leave now, later, or not at all."""

    ALLOWED = "allowed"
    WAIT = "wait"
    WITHHELD = "withheld"


class Reason(StrEnum):
    """The first rule that decided."""

    OK = "ok"
    CARRIER_NOT_REAL = "carrier_not_real"
    SENDING_OFF = "sending_off"
    UNREGISTERED_LINE = "unregistered_line"
    DO_NOT_CONTACT = "do_not_contact"
    PATIENT_INACTIVE = "patient_inactive"
    NO_NUMBER = "no_number"
    LANDLINE = "landline"
    OFFICE_NUMBER = "office_number"
    WRONG_NUMBER = "wrong_number"
    NUMBER_NOT_THEIRS = "number_not_theirs"
    NUMBER_SHARED_UNCONFIRMED = "number_shared_unconfirmed"
    OPTED_OUT = "opted_out"
    CARRIER_BLOCKED = "carrier_blocked"
    NO_CONSENT = "no_consent"
    AUTOMATION_PAUSED = "automation_paused"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    QUIET_HOURS = "quiet_hours"
    PRACTICE_CLOSED = "practice_closed"
    FREQUENCY_CAP = "frequency_cap"
    PREFERRED_TIME = "preferred_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the gate may look at, for one message to one person.

    `patient_status` is "active", "do_not_contact" or another word (all of which stop sending);
    "active" also stands for somebody we have not identified yet. `quiet.zones` holds every zone the
    person may be in. `practice_open` None means always open. Counts are of automated texts.
    `preferred` are the hours the person asked for: a wish, which gives way when it can't be met.
    `number_state` "office": the number of a place that refers patients, and this is a patient's own text;
    "not_theirs": neither the patient nor who speaks for them has this number any more.
    `by_machine`: another system wrote it, so nobody has read what the person last said. `purpose` is what
    the consent must be for: `consent` is already the answer for this purpose.
    """

    channel: Literal["sms", "portal"]
    purpose: Purpose
    automated: bool
    quiet: QuietRule
    solicited: bool = False
    confirms_opt_out: bool = False
    patient_status: str = "active"
    consent: Literal["given", "withdrawn", "unknown"] = "unknown"
    number_opted_out: bool = False
    carrier_blocked: bool = False
    number_state: Literal["ok", "landline", "bad", "missing", "office", "not_theirs"] = "ok"
    number_shared_unconfirmed: bool = False
    automation_paused: bool = False
    by_machine: bool = False
    practice_sending: bool = True
    carrier_serves_practice: bool = True
    line_registered: bool = True
    practice_open: QuietRule | None = None
    preferred: QuietRule | None = None
    sent_last_24h: int = 0
    sent_last_7d: int = 0
    cap_day: int = 1
    cap_week: int = 3
    cap_clears_at: datetime | None = None
    not_after: datetime | None = None
    send_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer. `until` (UTC) is set for WAIT only: ask again then, counts may have moved.

    `rule` is the rule in a sentence; `local_time` the clock where the person is when it was judged;
    `zone` the zone in which `until` is shown.
    """

    decision: Decision
    reason: Reason
    until: datetime | None
    rule: str
    local_time: str
    zone: str = "UTC"

    @property
    def allowed(self) -> bool:
        """Whether the message may leave now."""
        return self.decision is Decision.ALLOWED

    def to_json(self) -> dict[str, str | None]:
        """Return the verdict as plain JSON values."""
        return {
            "decision": self.decision.value,
            "reason": self.reason.value,
            "until": self.until.astimezone(UTC).isoformat() if self.until else None,
            "rule": self.rule,
            "local_time": self.local_time,
            "zone": self.zone,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, str | None]) -> Verdict:
        """Read back what `to_json` wrote."""
        until = stored["until"]
        return cls(
            decision=Decision(stored["decision"] or ""),
            reason=Reason(stored["reason"] or ""),
            until=datetime.fromisoformat(until) if until else None,
            rule=stored["rule"] or "",
            local_time=stored["local_time"] or "",
            zone=stored.get("zone") or "UTC",
        )
