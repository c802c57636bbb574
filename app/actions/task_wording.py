"""What texts of a task say and ask: the values for placeholders, the numbered options, and the open
question a message poses. Nothing here names a medicine or an illness: labels of orders are for staff."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy import select

from app.actions import protocols
from app.core.db import db
from app.core.settings import current_settings
from app.models.patient import Patient
from app.models.practice import Line, Practice
from app.models.protocol_definition import Choice, Definition, Phrases, said_in
from app.models.task import Task
from messaging import phone as phones
from messaging.languages import LANGUAGES

_DAY_FORMAT = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
_NUMBERED = {"en": "Reply with a number: {}.", "es": "Responda con un número: {}."}
_ASKED = {"en": "{} (we asked on {})", "es": "{} (preguntamos el {})"}
_HAPPENS = "happens_at"
#: What a practice's own wording says for a medicine: never its name, which may name an illness.
_MEDICINE = {"en": "your medicine", "es": "su medicamento"}


def happens_at(task: Task) -> datetime | None:
    """When what the task is about takes (or took) place, if anybody said so."""
    written = task.about.get(_HAPPENS)
    return datetime.fromisoformat(written) if isinstance(written, str) else None


def values_for(
    task: Task, patient: Patient, practice: Practice, *, options: str, language: str
) -> dict[str, str]:
    """Every placeholder whose value is known."""
    values = {
        "patient_first_name": patient.given_name,
        "practice_name": practice.name,
        "practice_phone": practice_phone(practice),
        "portal_link": f"{current_settings().public_url}/portal",
        "options": options,
        "medication_label": _MEDICINE.get(language, _MEDICINE["en"]),
    }
    for name in ("appointment_place", "community_organization", "referrer"):
        if isinstance(task.about.get(name), str):
            values[name] = str(task.about[name])
    moment = happens_at(task)
    if moment is not None:
        day = moment.astimezone(ZoneInfo(practice.time_zone)).date()
        values["appointment_day"] = day_in_words(day, language)
    return values


def label_of(task: Task, language: str) -> str:
    """How a text names the matter when it has to tell two apart: "your appointment on Tuesday, March 3"."""
    definition = protocols.definition_of(task)
    moment = happens_at(task)
    if moment is None:
        return said_in(definition.label_undated or definition.label, language)
    practice = db.session.get_one(Practice, task.practice_id)
    day = moment.astimezone(ZoneInfo(practice.time_zone)).date()
    words = said_in(definition.label, language)
    return words.replace("{appointment_day}", day_in_words(day, language))


def labels_of(tasks: Sequence[Task], language: str) -> list[str]:
    """Labels that tell these tasks apart: two alike get the day they were asked about."""
    labels = [label_of(task, language) for task in tasks]
    return [
        label if labels.count(label) == 1 else _with_asked_day(task, label, language)
        for task, label in zip(tasks, labels, strict=True)
    ]


def _with_asked_day(task: Task, label: str, language: str) -> str:
    day = (task.asked_at or task.created_at).astimezone(ZoneInfo(task.due_zone)).date()
    words = said_in({"en": _ASKED["en"], "es": _ASKED["es"]}, language)
    return words.format(label, day_in_words(day, language))


def day_in_words(day: date, language: str) -> str:
    """A day as a patient reads it: "Tuesday, March 3" or "martes 3 de marzo"."""
    if language in LANGUAGES and language not in _DAY_FORMAT:
        return format_date(day, "full", locale=language)
    locale = language if language in _DAY_FORMAT else "en"
    return format_date(day, _DAY_FORMAT[locale], locale=locale)


def practice_phone(practice: Practice) -> str:
    """The number a person answers, else the practice's first line."""
    number = practice.phone or db.session.scalar(
        select(Line.number)
        .where(Line.practice_id == practice.id)
        .order_by(Line.created_at, Line.id)
        .limit(1)
    )
    return phones.show(number) if number else practice.name


def yes_no_options(definition: Definition, language: str) -> str:
    return said_in(definition.question.options_text, language)


def barrier_options(definition: Definition, language: str) -> str:
    named = "; ".join(
        f"{o.number} {said_in(o.label, language)}" for o in definition.barrier.options
    )
    return said_in({"en": _NUMBERED["en"], "es": _NUMBERED["es"]}, language).format(named)


def yes_no_asked(task: Task, definition: Definition, language: str) -> dict[str, Any]:
    """The open question of an ask. Phrases of every language count: people answer in either."""
    question = definition.question
    return {
        "kind": "yes_no",
        "task_id": str(task.id),
        "options": _options(question.options, language),
        "yes_phrases": _flat(question.phrases.get("yes", {})),
        "no_phrases": _flat(question.phrases.get("no", {})),
        "not_yet_phrases": _flat(question.phrases.get("not_yet", {})),
    }


def barrier_asked(task: Task, definition: Definition, language: str) -> dict[str, Any]:
    """The open question of what got in the way."""
    return {
        "kind": "barrier",
        "task_id": str(task.id),
        "options": _options(definition.barrier.options, language),
    }


def _options(options: Iterable[Choice], language: str) -> list[dict[str, Any]]:
    return [
        {"key": option.key, "number": option.number, "label": said_in(option.label, language)}
        for option in options
    ]


def _flat(phrases: Phrases) -> list[str]:
    return [phrase for each in phrases.values() for phrase in each]
