"""Which texts may be sent a second time when nobody can know whether the first one left, and how a text that
surely did not arrive is written anew.

A second copy of a reminder is a nuisance; a second copy of what a person wrote, or of a link that opens a
portal, may mislead. So only what a rule wrote about a follow-up is repeated, once, and marked.
"""

from datetime import timedelta
from typing import Final

from messaging.gate_facts import Purpose

_FOLLOW_UPS: Final = frozenset({Purpose.CARE_NAVIGATION, Purpose.APPOINTMENT, Purpose.REFERRAL})


def is_repeatable(purpose: Purpose, *, automated: bool) -> bool:
    """Whether a text of this class may be repeated, unless whoever writes it says otherwise."""
    return automated and purpose in _FOLLOW_UPS


#: How long after a text that did not arrive its first and its second repeat leave.
PAUSES: Final = (timedelta(hours=3), timedelta(hours=6))
_MARK: Final = "#again"


def first_key(send_key: str) -> str:
    """The key of the text that was sent first, whichever of its repeats this key is of."""
    return send_key.partition(_MARK)[0]


def repeats_before(send_key: str) -> int:
    """How many repeats led to this one: 0 for the text itself."""
    count = send_key.partition(_MARK)[2]
    return int(count) if count else 0


def next_key(send_key: str) -> str:
    """The key of the repeat that follows, which can so be written once only."""
    return f"{first_key(send_key)}{_MARK}{repeats_before(send_key) + 1}"
