"""Fault modes: what the stand-in does instead of a clean answer, for how many requests.

A fault names the request it hits (create, fetch or list); several wait in line, first in first out.
"""

from dataclasses import dataclass
from threading import Event, Lock
from typing import Any

# mode → was the message accepted before things went wrong?
MODES: dict[str, bool] = {
    "none": True,  # a clean answer in its turn, between two faults
    "drop_before_accept": False,  # reset, nothing taken
    "accept_then_drop": True,  # taken, then the connection is reset
    "accept_then_late": True,  # taken, answered after `delay` seconds
    "held": True,  # taken, and answered, only once the faults are cleared
    "read_timeout": False,  # nothing taken, silence for `delay` seconds, then reset
    "busy_429": False,
    "error_500_before": False,
    "error_500_after": True,
    "coded": False,  # an error JSON with `code` and `http_status`
    "uncoded": False,  # a page by something on the way, with `http_status`
    "garbled": True,  # taken, answered 201 with half a JSON
    "no_sid": True,  # taken, answered 201 without the sid
    "odd_status": True,  # taken, answered 201 with a state nobody knows
}


@dataclass
class Fault:
    """One fault and how many more requests it hits (None: until cleared)."""

    mode: str
    target: str = "create"
    times: int | None = 1
    delay: float = 1.0
    code: int = 21211
    http_status: int = 400

    @property
    def accepts(self) -> bool:
        """Whether the message is taken all the same."""
        return MODES[self.mode]


class Faults:
    """The faults that wait for their request."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = Lock()
        self._cleared = Event()

    def add(self, wish: dict[str, Any]) -> None:
        """Queue one fault. Raises ValueError or TypeError for a wish that makes no sense."""
        fault = Fault(**wish)
        if fault.mode not in MODES:
            raise ValueError(f"mode is one of {', '.join(MODES)}")
        if fault.target not in {"create", "fetch", "list", "numbers"}:
            raise ValueError("target is create, fetch, list or numbers")
        with self._lock:
            self._cleared.clear()
            self._waiting.append(fault)

    def hold(self) -> None:
        """Wait until the faults are cleared (a minute at most)."""
        self._cleared.wait(60)

    def clear(self) -> None:
        """Answer cleanly from now on."""
        with self._lock:
            self._waiting.clear()
            self._cleared.set()

    def take(self, target: str) -> Fault | None:
        """Return the fault that hits this request, counting it."""
        with self._lock:
            fault = next((f for f in self._waiting if f.target == target), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            return None if fault is not None and fault.mode == "none" else fault
