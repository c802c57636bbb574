"""What each status, chip and colour means, for the help page. The codes are those of the catalogue the
badges use (`app.web.words`): a code without a meaning, or a meaning without a code, fails a test."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from app.web.help_words import MEANINGS, TITLES
from app.web.words import WORDS


@dataclass(frozen=True, slots=True)
class Meaning:
    """One code as the pages say it, and what it means."""

    code: str
    word: str
    means: str


def meanings() -> list[tuple[str, str, list[Meaning]]]:
    """(kind, title, rows): codes in the order of the catalogue."""
    return [
        (
            kind,
            title,
            [Meaning(code, WORDS[kind][code], MEANINGS[kind][code]) for code in WORDS[kind]],
        )
        for kind, title in TITLES.items()
    ]


def due_examples(at: datetime) -> list[tuple[Any, str]]:
    """Tasks as the due chip sees them, and what its colours say."""

    def task(**own: Any) -> Any:
        usual = {"is_open": True, "overdue_since": None, "due_zone": "UTC", "completed_at": None}
        return SimpleNamespace(**(usual | own))

    days = {n: at + timedelta(days=n) for n in (-1, 0, 3)}
    return [
        (task(due_on=days[3].date(), due_at=days[3]), "Grey: there is time."),
        (task(due_on=days[0].date(), due_at=at + timedelta(minutes=5)), "Amber: it is due today."),
        (
            task(due_on=days[-1].date(), due_at=days[-1], overdue_since=days[-1]),
            "Red: its time is over.",
        ),
        (task(is_open=False, completed_at=at), "With a tick: it is closed."),
    ]
