"""What a check found."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.core.db import db
from app.core.log import logger

log = logger("doctor")


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do when it is not well, `paste` the exact text to
    put somewhere, `repair` names the line whose addresses we can set at the carrier ourselves."""

    what: str
    level: Level
    said: str
    advice: str = ""
    paste: tuple[tuple[str, str], ...] = ()
    repair: str = ""

    @property
    def is_well(self) -> bool:
        return self.level is not Level.BAD


def judged(what: str, is_well: bool, said: str, advice: str = "") -> Finding:
    return Finding(what, Level.OK if is_well else Level.BAD, said, "" if is_well else advice)


def warned(what: str, is_well: bool, said: str, advice: str = "") -> Finding:
    """Texts go on all the same, but somebody should see to it."""
    return Finding(what, Level.OK if is_well else Level.WARN, said, "" if is_well else advice)


def made(what: str, check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """What a check found; that it broke is a finding too, and the others go on."""
    try:
        return list(check())
    except Exception as error:
        db.session.rollback()
        log.exception("a check of the doctor broke", check=what)
        broke = f"this check itself broke ({type(error).__name__})"
        return [judged(what, False, broke, "The log of this process says why.")]
