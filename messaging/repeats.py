"""Which texts may be sent a second time when nobody can know whether the first one left.

A second copy of a reminder is a nuisance; a second copy of what a person wrote, or of a link that opens a
portal, may mislead. So only what a rule wrote about a follow-up is repeated, once, and marked.
"""

from typing import Final

from messaging.gate_facts import Purpose

_FOLLOW_UPS: Final = frozenset({Purpose.CARE_NAVIGATION, Purpose.APPOINTMENT, Purpose.REFERRAL})


def is_repeatable(purpose: Purpose, *, automated: bool) -> bool:
    """Whether a text of this class may be repeated, unless whoever writes it says otherwise."""
    return automated and purpose in _FOLLOW_UPS
