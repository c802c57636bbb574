"""What a planted fault is: where, what is replaced by what, and the tests that are to turn red."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """`old` stands exactly once in `path`. `tests` are asked, in order, until one is red."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


OUTBOX = ("tests/actions/test_outbox.py", "tests/actions/test_outbox_attempt.py")
SETTLE = ("tests/actions/test_outbox_settle.py", "tests/actions/test_doubts.py")
WORKER = ("tests/workers/test_outbox.py", "tests/workers/test_outbox_races.py")
WEBHOOK = ("tests/web/webhooks",)
GATE = ("tests/messaging/test_gate.py", "tests/messaging/test_gate_waits.py")
