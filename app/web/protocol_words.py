"""A protocol told in plain sentences: when it is due, what is asked when, and what each answer leads to."""

from dataclasses import dataclass

from app.models.protocol_definition import Definition, Step

_COUNTED = {
    "created": "the day it was made",
    "happens": "the day it is about",
    "received": "the day the referral was received",
}
_NEXT = {
    "same_time": "at the same time of day",
    "other_time_of_day": "at another time of day",
    "morning": "in the morning",
}


@dataclass(frozen=True, slots=True)
class Told:
    title: str
    due: str
    steps: list[str]
    answers: list[str]
    outcomes: list[str]


def tell(definition: Definition) -> Told:
    return Told(
        definition.title, _due(definition), _steps(definition), _answers(definition),
        [outcome.title for outcome in definition.outcomes],
    )  # fmt: skip


def _days(count: int, kind: str = "") -> str:
    word = f"{kind} day".strip()
    return f"1 {word}" if count == 1 else f"{count} {word}s"


def _due(definition: Definition) -> str:
    rule = definition.due
    kind = "business" if rule.rule == "business_days" else ""
    return f"Due {_days(rule.days, kind)} after {_COUNTED[rule.counted_from]}."


def _steps(definition: Definition) -> list[str]:
    start = definition.start.days_after_happening
    first = (
        "At once"
        if start is None
        else f"{_days(start)} after it, at {definition.start.time_of_day}"
    )
    lead, told = first, []
    for step in definition.steps:
        told.append(f"{lead}: {_action(step)}.")
        lead = f"{_days(step.wait_days)} later without an answer, {_NEXT[step.next_at]}"
    return [*told, "Past its day: it is overdue, and the team's lead decides."]


def _action(step: Step) -> str:
    return "a text asks the patient" if step.action == "text" else "a call by the navigator is due"


def _answers(definition: Definition) -> list[str]:
    wait = _days(definition.not_yet.after_days)
    if definition.yes.means == "complete":
        outcome = definition.outcome_named(str(definition.yes.outcome))
        yes = f"Yes closes the task as “{outcome.title if outcome else 'done'}”, confirmed by the patient."
    else:
        yes = "Yes records that patient and team are in touch; telling the referring office closes it."
    barriers = ", ".join(option.label["en"] for option in definition.barrier.options)
    return [
        yes,
        f"No asks what got in the way ({barriers}), and a navigator helps.",
        f"Not yet asks again {wait} later.",
        "STOP ends the texts at once, and another way is looked for.",
        "Words no rule understands are read by a person before anything else happens.",
    ]
