"""Which text leaves first when a line has more to say than its pace allows: a lane is chosen when the text
is written, and the outbox empties the lower numbers first."""

from enum import IntEnum
from typing import Final

from messaging.gate_facts import Purpose


class Lane(IntEnum):
    """Stored as its number; the index of the queue is in this order."""

    #: Somebody waits for it now: a reply, a sign-in link, the answers to STOP and HELP.
    URGENT = 0
    #: One patient's own follow-up: a ladder's text, a reminder.
    CARE = 1
    #: One of many: a text sent to a list.
    LIST = 2


_AWAITED: Final = frozenset({Purpose.STAFF_REPLY, Purpose.SIGN_IN, Purpose.SERVICE})


def lane_of(purpose: Purpose, *, solicited: bool, automated: bool) -> Lane:
    """The lane of a text that is not part of a list."""
    if solicited or purpose in _AWAITED or not automated:
        return Lane.URGENT
    return Lane.CARE
