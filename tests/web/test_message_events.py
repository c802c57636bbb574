"""Every turn in a message's life has its words on the message's own page."""

import ast
import re

import pytest

from app.web.message_events import MESSAGE_EVENTS
from tests.server import ROOT

pytestmark = pytest.mark.pure
KIND = re.compile(r"message\.[a-z_]+")


def kinds_recorded() -> set[str]:
    """The second argument of each `record(message, "message.…")` in the product."""
    found = set()
    for file in (ROOT / "app").rglob("*.py"):
        calls = (
            each for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.Call)
        )
        for call in calls:
            named = getattr(call.func, "id", "") == "record" and len(call.args) > 1
            kind = call.args[1].value if named and isinstance(call.args[1], ast.Constant) else None
            if isinstance(kind, str) and KIND.fullmatch(kind):
                found.add(kind)
    return found


def test_it_has_words_for_every_turn() -> None:
    kinds = kinds_recorded()
    assert len(kinds) > 20
    assert kinds - MESSAGE_EVENTS.keys() == set()
