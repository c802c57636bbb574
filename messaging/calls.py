"""A call that came in, in plain values: who called which line, what was done with it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class CallAnswer(StrEnum):
    """What the caller was told."""

    PUT_THROUGH = "put_through"
    CLOSED = "closed"
    NO_PHONE = "no_phone"


class CallEnd(StrEnum):
    """What became of a call that was put through."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CallIn:
    """Somebody calls a line. `caller` is None when the number is hidden."""

    provider_id: str
    caller: str | None = field(repr=False)
    called: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DialReport:
    """How putting it through ended, and how many seconds they spoke."""

    provider_id: str
    end: CallEnd
    seconds: int
