"""Sentences for events of work that came in from other systems."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from app.web.display import stamp

Facts = Mapping[str, Any]


def names(fields: Iterable[object]) -> str:
    """Names of fields as people read them."""
    return ", ".join(str(name).removesuffix("_id").replace("_", " ") for name in fields)


def routed(facts: Facts) -> str:
    """Why it is another team's than the patient's own."""
    if facts.get("why") != "subgroup":
        return ""
    return f", with {facts.get('team')}: it serves {facts.get('subgroup')}"


def _moment(written: object) -> str:
    return stamp(datetime.fromisoformat(str(written)))


WORK_EVENTS: dict[str, str | Callable[[Facts], str]] = {
    "task.changed_at_source": lambda facts: (
        f"Changed where it came from: {names(facts.get('fields', []))}; due {facts.get('due_on')}"
    ),
    "appointment.added": lambda facts: f"Appointment on {_moment(facts['starts_at'])} taken in",
    "appointment.moved": lambda facts: (
        f"Appointment moved to {_moment(facts['after']['starts_at'])}"
    ),
    "appointment.cancelled": "Appointment cancelled",
    "appointment.changed": "Appointment changed",
    "appointment.entered_in_error": "Appointment entered in error: its import was taken back",
    "medication_order.entered_in_error": "Order entered in error: its import was taken back",
    "task.entered_in_error": "Task entered in error: its import was taken back",
    "patient.entered_in_error": "Entered in error: the import was taken back",
    "medication_order.added": "Order for medicine taken in",
    "medication_order.stopped": "Order for medicine stopped",
    "medication_order.changed": "Order for medicine changed",
    "referral.changed": lambda facts: f"Referral changed: {names(facts.get('fields', []))}",
}
