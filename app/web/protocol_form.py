"""The form that changes a protocol: its fields from a definition, and a definition from its fields, with what
is wrong said beside each. Steps are rows; buttons add, remove and move them without losing what was typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from app.core.errors import Invalid
from app.models.protocol_definition import WRITING, Definition
from app.models.shipped.loader import shipped_templates
from app.web.protocol_words import ACTIONS

MOST_STEPS = 12
GRADES = (
    "patient_confirmed", "caregiver_confirmed", "partner_confirmed", "document", "staff_attested",
)  # fmt: skip
#: How long a new step's text is good for.
VALID_HOURS = 48
#: The fields of a step's row.
ROW = ("key", "action", "template", "wait", "next", "valid")
Values = dict[str, str]


@dataclass
class Filled:
    """What stands in the form: plain fields, one row of fields per step, and errors by field."""

    values: Values
    steps: list[Values]
    #: Which of the ticks of `evidence` are set, per outcome.
    evidence: dict[str, list[str]]
    errors: dict[str, str] = field(default_factory=dict)


def of_definition(definition: Definition) -> Filled:
    due, start = definition.due, definition.start
    days = start.days_after_happening
    values = {
        "due_days": str(due.days), "due_rule": due.rule, "counted_from": due.counted_from,
        "start_days": "" if days is None else str(days), "start_time": start.time_of_day,
        "yes_means": definition.yes.means, "yes_outcome": definition.yes.outcome or "",
        "no_means": definition.no.means, "no_outcome": definition.no.outcome or "",
        "again_days": str(definition.not_yet.after_days), "again_from": definition.not_yet.from_step,
        "attempts": str(definition.contact.attempts) if definition.contact else "",
        "apart": str(definition.contact.apart_minutes) if definition.contact else "",
        "sensitivity": definition.sensitivity or "", "why": "",
    }  # fmt: skip
    steps = [
        {
            "key": step.key, "action": step.action, "template": step.template or "",
            "wait": str(step.wait_days), "next": step.next_at, "valid": str(step.valid_hours),
        }
        for step in definition.steps
    ]  # fmt: skip
    return Filled(values, steps, {o.key: list(o.evidence) for o in definition.outcomes})


def of_form(form: MultiDict[str, str], definition: Definition) -> Filled:
    """What was sent, as it was typed."""
    known = of_definition(definition)
    values = {name: form.get(name, "").strip() for name in known.values}
    rows = [
        {name: form.get(f"step-{n}-{name}", "").strip() for name in ROW}
        for n in range(MOST_STEPS + 1)
        if f"step-{n}-action" in form
    ]  # fmt: skip
    evidence = {
        each.key: [g for g in form.getlist(f"evidence-{each.key}") if g in GRADES]
        for each in definition.outcomes
    }
    return Filled(values, rows, evidence)


def rearrange(filled: Filled, what: str) -> str:
    """Do what a step's button says ("up-2", "remove-0", "add"); returns the field to put the focus on."""
    verb, _, number = what.partition("-")
    steps, at = filled.steps, int(number) if number.isdecimal() else -1
    if verb == "add" and len(steps) < MOST_STEPS:
        steps.append({"key": _new_key(steps), "action": "call", "template": "", "wait": "1",
                      "next": "morning", "valid": str(VALID_HOURS)})  # fmt: skip
        return f"step-{len(steps) - 1}-action"
    if verb == "remove" and 0 <= at < len(steps):
        del steps[at]
        return f"step-{min(at, len(steps) - 1)}-action" if steps else "add-step"
    other = at - 1 if verb == "up" else at + 1
    if verb in ("up", "down") and 0 <= at < len(steps) and 0 <= other < len(steps):
        steps[at], steps[other] = steps[other], steps[at]
        return f"step-{other}-{verb}"
    return "add-step"


def _new_key(steps: list[Values]) -> str:
    taken = {step["key"] for step in steps}
    return next(f"step_{n}" for n in range(1, 99) if f"step_{n}" not in taken)


def step_choices(filled: Filled) -> list[tuple[str, str]]:
    """The steps one may go back to, by number and what happens."""
    chosen = [
        (step["key"], f"step {n}: {ACTIONS.get(step['action'], step['action'])}")
        for n, step in enumerate(filled.steps, start=1)
    ]
    known = {key for key, _ in chosen}
    return chosen if filled.values["again_from"] in known else [("", "Choose a step"), *chosen]


def wordings_for(task_type: str) -> list[tuple[str, str]]:
    """The wordings a text of this protocol may use: those of its kind that name the numbered answers."""
    return [
        (key, each.title)
        for key, each in shipped_templates().items()
        if key.startswith(f"{task_type}.")
        and each.is_first
        and not key.endswith(("_undated", ".caregiver"))
    ]


def definition_of(filled: Filled, base: Definition) -> Definition:
    """The definition the form says. Raises Refused with an error per field."""
    data = base.model_dump(mode="json")
    errors = filled.errors
    whole = _Numbers(filled.values, errors)
    data["due"] = {"rule": filled.values["due_rule"], "counted_from": filled.values["counted_from"],
                   "days": whole("due_days", 0, 366)}  # fmt: skip
    start = filled.values["start_days"]
    data["start"] = {"days_after_happening": whole("start_days", 0, 60) if start else None,
                     "time_of_day": filled.values["start_time"] or "10:00"}  # fmt: skip
    data["steps"] = _steps(filled, base, errors)
    data["yes"] = {
        "means": filled.values["yes_means"],
        "outcome": filled.values["yes_outcome"] or None,
    }
    data["no"] = {
        "means": filled.values["no_means"],
        "outcome": filled.values["no_outcome"] or None,
    }
    data["not_yet"] = {
        "after_days": whole("again_days", 1, 30),
        "from_step": filled.values["again_from"],
    }
    if base.contact is not None:
        data["contact"] = {
            "attempts": whole("attempts", 1, 9),
            "apart_minutes": whole("apart", 0, 1440),
        }
    data["sensitivity"] = filled.values["sensitivity"] or None
    for outcome in data["outcomes"]:
        outcome["evidence"] = filled.evidence.get(outcome["key"], [])
    if errors:
        raise Refused(filled)
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        errors.update(_told(error))
        raise Refused(filled) from error


class Refused(Invalid):
    """Something in the protocol needs a second look. Nothing was saved."""

    def __init__(self, filled: Filled) -> None:
        super().__init__()
        self.filled = filled


class _Numbers:
    """Reads whole numbers; what is none is noted as the field's error."""

    def __init__(self, values: Mapping[str, str], errors: dict[str, str]) -> None:
        self.values, self.errors = values, errors

    def __call__(self, name: str, least: int, most: int, *, shown: str = "") -> int:
        text = self.values.get(name, "")
        if re.fullmatch(r"[0-9]{1,4}", text) and least <= int(text) <= most:
            return int(text)
        self.errors[shown or name] = f"Write a whole number from {least} to {most}."
        return least


def _steps(filled: Filled, base: Definition, errors: dict[str, str]) -> list[dict[str, Any]]:
    known = {step.key: step for step in base.steps}
    allowed = dict(wordings_for(base.task_type))
    rows = []
    if not filled.steps:
        errors["steps"] = "A protocol needs at least one step."
    for n, row in enumerate(filled.steps):
        writes = row["action"] in WRITING
        if writes and row["template"] not in allowed:
            errors[f"step-{n}-template"] = "Choose the words of this message."
        before = known.get(row["key"])
        wait = _Numbers(row, errors)("wait", 0, 30, shown=f"step-{n}-wait")
        kept = before.valid_hours if before else VALID_HOURS
        says = _Numbers(row, errors)  # left empty, it is as before
        valid = says("valid", 1, 240, shown=f"step-{n}-valid") if row["valid"] else kept
        undated = f"{row['template']}_undated"
        rows.append({
            "key": row["key"], "action": row["action"], "wait_days": wait, "next_at": row["next"],
            "template": row["template"] if writes else None,
            "template_undated": undated if writes and undated in shipped_templates() else None,
            "valid_hours": valid,
        })  # fmt: skip
    return rows


#: Where a complaint about the whole is shown, by a word in it.
_PLACES = {
    "asking again": ("again_from", "Choose one of the steps: the one chosen before is gone."),
    "a yes must": ("yes_outcome", "Choose the outcome a yes leads to."),
    "a no must": ("no_outcome", "Choose the outcome a no leads to."),
    "isoformat": ("start_time", "Write a time of day like 10:00."),
}


def _told(error: ValidationError) -> dict[str, str]:
    """What pydantic found, each in words beside the field it is about."""
    told = {}
    for each in error.errors():
        message = str(each["msg"]).removeprefix("Value error, ")
        place = next((words for part, words in _PLACES.items() if part in message), None)
        path = ".".join(str(part) for part in each["loc"])
        if place:
            told[place[0]] = place[1]
        elif path.startswith("start"):
            told["start_time"] = "Write a time of day like 10:00."
        else:
            told[""] = f"{path}: {message}" if path else message
    return told
