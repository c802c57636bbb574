"""Asking the send gate, and keeping each answer with its message: rule, facts, local time, and the consent
it relied on. The one place that asks; every way out of the house comes through here."""

from dataclasses import dataclass, fields
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from app.actions import send_facts
from app.core.db import db
from app.models.message import Message
from app.models.message_verdict import Asked, MessageVerdict
from messaging.gate import Facts, Verdict, judge
from messaging.quiet_hours import DayWindow, QuietRule


@dataclass(frozen=True, slots=True)
class Judged:
    """The gate's answer and what it was told."""

    verdict: Verdict
    known: send_facts.Known

    def again(self, *, at: datetime) -> Verdict:
        """What it would say of the same facts at another moment."""
        return judge(self.known.facts, at=at)


def ask(message: Message, *, at: datetime) -> Judged:
    """Ask the gate about a message as it stands now; the row need not be stored yet. Writes nothing."""
    return judged(send_facts.facts_for(message, at=at), at=at)


def judged(known: send_facts.Known, *, at: datetime) -> Judged:
    """The gate's answer to what was read already."""
    return Judged(judge(known.facts, at=at), known)


def keep(message: Message, judged: Judged, *, asked: Asked, at: datetime) -> None:
    """Store an answer with its message. An equal wait said again is not stored again."""
    said, before = judged.verdict, message.verdict or {}
    same = (said.decision.value, said.reason.value) == (
        before.get("decision"),
        before.get("reason"),
    )
    message.verdict = dict(said.to_json())
    if asked is Asked.CLAIMED and same and said.until is not None:
        return
    consent = judged.known.consent
    db.session.add(
        MessageVerdict(
            practice_id=message.practice_id,
            message_id=message.id,
            at=at,
            asked=asked,
            decision=said.decision.value,
            reason=said.reason.value,
            verdict=dict(said.to_json()),
            facts=told(judged.known.facts),
            consent_id=consent.id if consent is not None else None,
        )
    )


def told(facts: Facts) -> dict[str, Any]:
    """The gate's facts as plain JSON values."""
    return {each.name: _plain(getattr(facts, each.name)) for each in fields(facts)}


def _plain(value: Any) -> Any:
    if isinstance(value, QuietRule):
        windows = [_plain(window) for window in value.windows]
        return {"windows": windows, "zones": list(value.zones)}
    if isinstance(value, DayWindow):
        days = sorted(value.days)
        return {"opens": _plain(value.opens), "closes": _plain(value.closes), "days": days}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else value
