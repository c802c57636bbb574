"""The form of a text to a list: whom, which words, when and how fast; and what fits in a hidden field so that
the confirmed list is the one that was shown."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request

from app.access import practice_of
from app.actions import list_preview, templates
from app.actions.list_plan import MOST_PEOPLE, PURPOSES, Plan
from app.actions.list_preview import Preview
from app.core.errors import Invalid
from app.core.ids import new_id
from app.models.patient import Patient
from app.queries import list_audience as reads
from app.queries.list_audience import Audience, Choices
from app.web.moment import now, today
from app.web.reply_form import moment_of, send_after
from app.web.session import signed_in, viewer
from app.web.words import word
from messaging.gate import Purpose
from messaging.languages import LANGUAGES

LONGEST = 4000
LONGEST_KEY = 60
FIELDS = ("others", "purpose", "send_after", "not_after", "per_minute", "key")


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as somebody asks for it, with the people it means now."""

    audience: Audience
    plan: Plan
    patients: Sequence[Patient]

    @property
    def seal(self) -> str:
        """Says which people were shown: another list of them has another seal."""
        ids = "".join(sorted(str(patient.id) for patient in self.patients))
        return hashlib.sha256(ids.encode()).hexdigest()[:24]

    def preview(self) -> Preview:
        return list_preview.preview(practice_of(viewer()), self.patients, self.plan, at=now())


def filled() -> dict[str, str]:
    """What stands in the form's fields."""
    values = {name: request.values.get(name, "")[:LONGEST] for name in FIELDS}
    values["key"] = values["key"][:LONGEST_KEY] or str(new_id())
    for language in languages():
        values[f"words_{language}"] = request.values.get(f"words_{language}", "")[:LONGEST]
    chosen = request.values.get("start", "")
    if chosen:  # a wording of the practice's own takes the place of the words
        for phrase in templates.list_phrases(signed_in().practice):
            if phrase.key == chosen and phrase.language in languages():
                values[f"words_{phrase.language}"] = phrase.body
    return values


def starters() -> dict[str, str]:
    """Wordings of the practice's own to start from: key → title."""
    return {each.key: each.title for each in templates.list_phrases(signed_in().practice)}


def languages() -> dict[str, str]:
    """What words may be written in: tag → English name."""
    return {tag: LANGUAGES[tag].name for tag in signed_in().practice.all_languages}


def read_audience() -> Audience:
    return Audience.read(request.values)


def read() -> Asked:
    """Raises Invalid with the field it is about."""
    audience, plan = read_audience(), read_plan()
    plan.check(signed_in().practice, at=now())
    patients = reads.people(viewer(), audience, day(), most=MOST_PEOPLE)
    if not patients:
        raise Invalid("Nobody fits this. Choose other people.", field="audience")
    if len(patients) > MOST_PEOPLE:
        said = f"That is more than {MOST_PEOPLE:,} people. Narrow it."
        raise Invalid(said, field="audience")
    return Asked(audience, plan, patients)


def read_plan() -> Plan:
    form = filled()
    words = {name: form[f"words_{name}"].strip() for name in languages()}
    purpose = form["purpose"] or Purpose.CARE_NAVIGATION.value
    if purpose not in {each.value for each in PURPOSES}:
        raise Invalid("Choose what it is about.", field="purpose")
    return Plan(
        {name: body for name, body in words.items() if body},
        Purpose(purpose),
        form["others"] == "yes",
        send_after(form["send_after"]),
        not_after(form["not_after"]),
        per_minute(form["per_minute"]),
    )


def not_after(text: str) -> datetime | None:
    return moment_of(text, field="not_after") if text.strip() else None


def per_minute(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isascii() or not text.strip().isdecimal() or len(text.strip()) > 6:
        raise Invalid("Write a whole number, like 30.", field="per_minute")
    return int(text)


def day() -> date:
    return today(signed_in().practice.time_zone)


def purposes() -> list[tuple[str, str]]:
    return [(each.value, word(each, "purpose")) for each in PURPOSES]


def offered() -> dict[str, list[tuple[str, str]]]:
    """What each part of the filter offers, as (value, words)."""
    found = reads.choices(viewer())
    return {
        "subgroups": [("", "Everyone"), *((str(row.id), row.name) for row in found.subgroups)],
        "teams": [("", "Every team"), *((str(row.id), row.name) for row in found.teams)],
        "languages": [("", "Every language"), *((w, word(w, "language")) for w in found.languages)],
        "pcps": [("", "Every provider"), *((name, name) for name in found.pcps)],
    }


def described(audience: Audience, offered: Choices) -> str:
    """The filter in words, as it is kept with the list."""
    if audience.picked:
        return f"{len(audience.picked)} picked by name"
    named: list[Any] = [
        next((row.name for row in offered.subgroups if row.id == audience.subgroup), None),
        next((row.name for row in offered.teams if row.id == audience.team), None),
        word(audience.language, "language") if audience.language else None,
        f"PCP {audience.pcp}" if audience.pcp else None,
        f"open task: {word(audience.type, 'type').lower()}" if audience.type else None,
    ]
    return ", ".join(each for each in named if each) or "Everyone"
