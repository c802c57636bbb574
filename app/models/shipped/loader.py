"""Reads the shipped protocols and wording once per process. Practices get copies of the protocols as
rows of their own; a practice's own wording goes before the shipped one."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, RootModel

from app.models.protocol_definition import ByLanguage, Definition, Part

_HERE = Path(__file__).parent


class Wording(Part):
    """A message's words by language. `is_reply` offers it to staff in the reply box; `is_first` means
    it may be the first text somebody gets, so it names the practice and its phone. `is_emergency` answers
    while nobody reads, so it names 911."""

    title: str
    body: ByLanguage = Field(min_length=2)
    is_reply: bool = False
    is_first: bool = False
    is_emergency: bool = False


class _Wordings(RootModel[dict[str, Wording]]):
    pass


@cache
def shipped_protocols() -> dict[str, Definition]:
    """The newest shipped definition of every task type."""
    found = [
        Definition.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted((_HERE / "protocols").glob("*.yaml"))
    ]
    return {definition.task_type: definition for definition in found}


@cache
def shipped_templates() -> dict[str, Wording]:
    """Wording by template key, such as "medication_received.ask"."""
    text = (_HERE / "templates.yaml").read_text(encoding="utf-8")
    return _Wordings.model_validate(yaml.safe_load(text)).root
