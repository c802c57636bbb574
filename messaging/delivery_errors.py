"""What each carrier error code means and what we do about it: data, one row per code.

Sources: Twilio's error dictionary (https://www.twilio.com/docs/api/errors). A code that is not in
the table is final for this try and changes nothing else; a person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from messaging.delivery import MessageStatus


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """What to do about one error code.

    `retry`: the same row may be tried again, nothing was created. `permanent`: never will work.
    `marks_number`: the state the number takes ("bad" or "landline"). `linked_repeats`: how many
    new, linked messages may follow a failed one. `stops_sender`: no more claims for this line until
    it is drained or mended. `alarm`: operators hear of it. `maybe_delivered`: no automatic repeat
    of clinical text. `closes_as`: the state a failed message ends in.
    """

    code: int
    meaning: str
    person_text: str
    retry: bool = False
    permanent: bool = False
    marks_number: str | None = None
    opts_out: bool = False
    our_fault: bool = False
    stops_sender: bool = False
    alarm: bool = False
    linked_repeats: int = 0
    maybe_delivered: bool = False
    closes_as: MessageStatus = MessageStatus.FAILED

    @property
    def source(self) -> str:
        """The carrier's page that says so."""
        return f"https://www.twilio.com/docs/api/errors/{self.code}"


_BUSY = "The phone network asked us to slow down. We will try again."
_BAD = "This phone number does not work. Please check it with the patient."
_SET_UP = "Texting is not set up correctly for this practice. The administrator has been told."

_ROWS: Final[tuple[ErrorPolicy, ...]] = (
    ErrorPolicy(429, "too many calls at once; not processed", _BUSY, retry=True),
    ErrorPolicy(20429, "too many calls at once; not processed", _BUSY, retry=True),
    ErrorPolicy(21211, "not a phone number", _BAD, permanent=True, marks_number="bad"),
    ErrorPolicy(21614, "not a mobile number", _BAD, permanent=True, marks_number="bad"),
    ErrorPolicy(
        21610,
        "the person opted out of texts from this line",
        "This person has opted out of texts from us. Please use another way to reach them.",
        permanent=True,
        opts_out=True,
    ),
    ErrorPolicy(
        21611,
        "this line's queue at the carrier is full; not created",
        "This line has too many texts waiting. We will try again when they have left.",
        retry=True,
        stops_sender=True,
    ),
    ErrorPolicy(
        30001,
        "this line's queue at the carrier overflowed after it was created",
        "This line had too many texts waiting, and this one was dropped.",
        stops_sender=True,
        linked_repeats=1,
    ),
    ErrorPolicy(
        30003,
        "the phone cannot be reached (off or out of range)",
        "The phone was off or out of reach.",
        linked_repeats=2,
    ),
    ErrorPolicy(30005, "no such number", _BAD, permanent=True, marks_number="bad"),
    ErrorPolicy(
        30006,
        "a landline, or a network we cannot reach",
        "This number is a landline and cannot get texts. Please call, or ask for a mobile number.",
        permanent=True,
        marks_number="landline",
    ),
    ErrorPolicy(
        30007,
        "filtered by the phone network",
        "The phone network refused this wording. Please call, or write it differently.",
        permanent=True,
        alarm=True,
    ),
    ErrorPolicy(
        30008,
        "unknown error on the way",
        "We cannot tell whether this text arrived. Please ask the patient before sending it again.",
        maybe_delivered=True,
    ),
    ErrorPolicy(
        30034,
        "the line is not registered for texting (10DLC)",
        "This line is not registered for texting yet. The administrator has been told.",
        permanent=True,
        our_fault=True,
        stops_sender=True,
        alarm=True,
    ),
    ErrorPolicy(
        30036,
        "not delivered within its validity period",
        "This text could not be delivered in time, so it was not delivered at all.",
        permanent=True,
        closes_as=MessageStatus.EXPIRED,
    ),
    ErrorPolicy(20003, "wrong credentials", _SET_UP, our_fault=True, alarm=True),
    ErrorPolicy(20404, "no such account", _SET_UP, our_fault=True, alarm=True),
    ErrorPolicy(21212, "bad sender number", _SET_UP, our_fault=True, alarm=True),
    ErrorPolicy(21408, "country not switched on", _SET_UP, our_fault=True, alarm=True),
    ErrorPolicy(21606, "the sender is not ours", _SET_UP, our_fault=True, alarm=True),
    ErrorPolicy(90007, "bad validity period", _SET_UP, our_fault=True, alarm=True),
    ErrorPolicy(
        21617,
        "longer than the carrier takes (1,600 characters)",
        "This text is too long. Please shorten it.",
        permanent=True,
    ),
)

POLICIES: Final[Mapping[int, ErrorPolicy]] = {row.code: row for row in _ROWS}


def policy_for(code: int | None) -> ErrorPolicy:
    """Return what to do about a code. Unknown or missing: not retried, not called permanent."""
    known = POLICIES.get(code) if code is not None else None
    return known or ErrorPolicy(
        code or 0, "unknown", "The phone network could not deliver this text."
    )


def settled_status(reported: MessageStatus, code: int | None) -> MessageStatus:
    """Return the state a report stands for given its code: a lapsed validity is *expired*."""
    return policy_for(code).closes_as if reported is MessageStatus.FAILED else reported
