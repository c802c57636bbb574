"""Whether anybody is there and whether our texts leave at all, as notes for patients."""

from dataclasses import dataclass
from datetime import datetime

from app.actions.send_facts import carrier_serves
from app.actions.send_places import opening_rule
from app.models.practice import Practice
from app.web.moment import now
from messaging.errors import NeverAllowed
from messaging.quiet_hours import next_allowed


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody is there now; `until` is None when nobody can say when it opens."""

    until: datetime | None


def can_text(practice: Practice) -> bool:
    """False while nothing may be sent, or when the carrier here serves invented practices only."""
    return practice.may_send and carrier_serves(practice)


def closed_note(practice: Practice) -> Closed | None:
    """None while the practice is open."""
    rule = opening_rule(practice, at=now())
    if rule is None:
        return None
    try:
        opens = next_allowed(now(), rule)
    except NeverAllowed:
        return Closed(None)
    return None if opens <= now() else Closed(opens)
