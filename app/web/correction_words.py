"""How a corrected referral reads in the timeline: what it says now and what it said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.web.display import stamp

Facts = Mapping[str, Any]
_CORRECTED = {"office": "from", "referred_by": "referred by", "received_at": "received"}


def corrected(facts: Facts) -> str:
    """Like "Referral corrected: from Hill Clinic, was Riverside"."""
    said = [
        f"{words} {_shown(name, facts['after'])}, was {_shown(name, facts['before'])}"
        for name, words in _CORRECTED.items()
        if name in facts["after"]
    ]
    if facts.get("reworded"):
        said.append("the reason in other words")
    return f"Referral corrected: {'; '.join(said)}"


def _shown(name: str, facts: Facts) -> str:
    value = facts[name]
    if value and name == "received_at":
        return stamp(datetime.fromisoformat(value))
    return value or "nobody named"
