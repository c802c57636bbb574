"""How a test says what it measured, one line per figure: at the end of a run, and at once with `pytest -s`.
`FAULTS=full` asks for the full sizes (`make faults`)."""

import os
import sys
from collections.abc import Callable

import pytest

FULL = os.environ.get("FAULTS") == "full"
Figure = Callable[..., None]
_KEY = "figure"


def size(usual: int, full: int) -> int:
    """How much of it: quick in `make test`, all of it in `make faults`."""
    return full if FULL else usual


def tell(figure: str) -> None:
    sys.stdout.write(f"\n{figure}\n")


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """`figure("W1 duplicate inbound", n=…, lost=0)`: prints one line, and again when the run is over."""

    def say(name: str, **counts: object) -> None:
        line = f"{name}: {', '.join(f'{what}={count}' for what, count in counts.items())}"
        record_property(_KEY, line)
        tell(line)

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The figures of this run, whichever process measured them."""
    reports = (report for kind in terminalreporter.stats.values() for report in kind)
    lines = {line for report in reports if getattr(report, "when", "") == "call"
             for key, line in report.user_properties if key == _KEY}  # fmt: skip
    if lines:
        terminalreporter.section("figures")
        for line in sorted(lines):
            terminalreporter.write_line(line)
