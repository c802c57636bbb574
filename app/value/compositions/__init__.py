"""Compositions: versioned data that says how an event becomes a row of the ledger, what makes it count once,
and which fields its seal commits to. A row keeps the number of the one that made it, for ever."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

#: What new rows are made by.
CURRENT = 4
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Composition:
    """One version. `fields` in the order files print them; `link` names what else a row's hash covers."""

    version: int
    fields: tuple[str, ...]
    link: tuple[str, ...]
    activities: dict[str, str]
    activity_of_task: dict[str, str]
    activity_of_purpose: dict[str, str]
    sources: dict[str, Any]


@cache
def composition(version: int) -> Composition:
    """Raises KeyError for a version this release does not know."""
    if version not in range(1, CURRENT + 1):
        raise KeyError(version)
    return Composition(**rules(version))


@cache
def rules(version: int) -> dict[str, Any]:
    """The version as it is written down, for the packages that carry it."""
    said: dict[str, Any] = yaml.safe_load((_FOLDER / f"{version}.yaml").read_text("utf-8"))
    return {**said, "fields": tuple(said["fields"]), "link": tuple(said["link"])}
