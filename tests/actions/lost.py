"""Texts that did not arrive, as the outbox and the carrier leave them."""

from datetime import datetime
from typing import Any

from app.models.message import Message
from app.models.patient import Patient
from messaging.carriers.base import InDoubt
from messaging.carriers.errors import Refused
from tests.actions.claims import leave
from tests.actions.drafts import queue_to
from tests.world import World

UNREACHABLE = 30003
FILTERED = 30007


def lose(
    world: World, patient: Patient, at: datetime, *, code: int | None = UNREACHABLE, **draft: Any
) -> Message:
    """The carrier refused it with this code."""
    values = {"is_automated": False, "body": "Can you come at ten?"} | draft
    return leave(world, queue_to(patient, at, **values), Refused(code=code), at)


def doubt(world: World, patient: Patient, at: datetime, **draft: Any) -> Message:
    """The carrier's answer was lost."""
    values = {"is_automated": False, "body": "Can you come at ten?"} | draft
    return leave(world, queue_to(patient, at, **values), InDoubt(), at)
