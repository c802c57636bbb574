"""What the kinds of import share: a file that is read in batches, rows that make sense or don't, and records
that were made or changed. One kind a file beside this one; `KINDS` is in `imports`."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from app.core.errors import Conflict, Invalid
from app.models.event import Actor
from app.models.practice import Practice
from app.models.sent_work import Effect, Touched

#: How long texts about imported work wait at the least, so that a wrong file can be taken back.
GRACE = timedelta(minutes=15)


class ImportFile(Protocol):
    """A file that can be read; opening it raised BadFile otherwise."""

    def count(self) -> int:
        """How many rows there are."""

    def batches(self, size: int) -> Iterator[list[Any]]:
        """Every row, in the same order and batches each time."""

    def passed_over(self) -> dict[str, int]:
        """What is in the file and not ours to take in, by name."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one row: for the counts, the undo and the preview."""

    effect: Effect
    who: str
    what: str
    touched: list[Touched] = field(default_factory=list)
    #: What of it is not ours or could not be used, by name; counted, not refused.
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row whose cells all make sense. `key` may stand once in a file; `key_field` is its column."""

    number: int
    key: str
    key_field: str
    value: Any


@dataclass(frozen=True, slots=True)
class BadRow:
    number: int
    problems: list[Invalid | Conflict]


class Kind(ABC):
    """One kind of file."""

    @abstractmethod
    def open(self, path: Path) -> ImportFile:
        """Understand the file. Raises BadFile with what to do."""

    @abstractmethod
    def read(
        self, batch: Sequence[Any], practice: Practice, *, at: datetime
    ) -> list[ReadRow | BadRow]:
        """Each row of the batch, in a constant number of statements."""

    @abstractmethod
    def write(
        self, practice: Practice, rows: Sequence[ReadRow], *, by: Actor, at: datetime
    ) -> list[Written]:
        """Write rows that make sense, in order. Raises Invalid or Conflict for what cannot be."""
