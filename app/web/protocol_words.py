"""A protocol told in plain sentences: when it is due, what is asked when, and what each answer leads to."""

from dataclasses import dataclass

from app.models.protocol_definition import Definition, Outcome, Step, said_in
from app.web.words import word

_COUNTED = {
    "created": "the day it was made",
    "happens": "the day it is about, at the soonest from the day it was made",
    "happened": "the day it happened, however late it was written down",
    "received": "the day the referral was received",
}
NEXT = {
    "same_time": "at the same time of day",
    "other_time_of_day": "at another time of day",
    "morning": "in the morning",
}

ACTIONS = {
    "text": "a text asks the patient",
    "portal": "the question stands in the portal",
    "call": "a call by the navigator is due",
    "caregiver": "the caregiver is texted if they agreed, else called, if one may hear about it",
    "partner": "the partner the task names is to be asked",
    "lead": "the team's lead decides",
}


@dataclass(frozen=True, slots=True)
class Told:
    title: str
    due: str
    steps: list[str]
    answers: list[str]
    outcomes: list[str]
    #: What patients read, in each language.
    words: list[str]


def tell(definition: Definition) -> Told:
    return Told(
        definition.title, _due(definition) + _care(definition), _steps(definition), _answers(definition),
        [_outcome(definition, outcome) for outcome in definition.outcomes], _words(definition),
    )  # fmt: skip


def _days(count: int, kind: str = "") -> str:
    word = f"{kind} day".strip()
    return f"1 {word}" if count == 1 else f"{count} {word}s"


def _due(definition: Definition) -> str:
    rule = definition.due
    if rule.rule == "elapsed_days":
        return f"Due {_days(rule.days)} of 24 hours after {_COUNTED[rule.counted_from]}."
    kind = "business" if rule.rule == "business_days" else ""
    return f"Due {_days(rule.days, kind)} after {_COUNTED[rule.counted_from]}."


def _care(definition: Definition) -> str:
    label = definition.sensitivity
    return f" Each task is handled with care: {word(label, 'sensitivity')}." if label else ""


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
        lead = _lead(step)
    return [*told, "Past its day: it is overdue, and the team's lead decides."]


def _lead(step: Step) -> str:
    if step.wait_days == 0 and step.next_at == "same_time":
        return "With it"
    return f"{_days(step.wait_days)} later without an answer, {NEXT[step.next_at]}"


def _action(step: Step) -> str:
    return ACTIONS[step.action]


def _yes(definition: Definition) -> str:
    closes = f"closes the task as “{_title(definition, definition.yes.outcome)}”"
    if definition.yes.means == "complete":
        return f"Yes {closes}, confirmed by the patient."
    if definition.yes.means == "call":
        return f"Yes, written, makes a call due; said on the phone, it {closes}."
    return "Yes records that patient and team are in touch; telling the referring office closes it."


def _no(definition: Definition) -> str:
    if definition.no.means == "call":
        return "No makes a call due at once."
    if definition.no.means == "complete":
        return f"No closes the task as “{_title(definition, definition.no.outcome)}”."
    barriers = ", ".join(option.label["en"] for option in definition.barrier.options)
    return f"No asks what got in the way ({barriers}), and a navigator helps."


def _title(definition: Definition, key: str | None) -> str:
    outcome = definition.outcome_named(str(key))
    return outcome.title if outcome else "done"


def _outcome(definition: Definition, outcome: Outcome) -> str:
    needs = []
    if outcome.evidence:
        needs.append(" or ".join(word(grade, "evidence").lower() for grade in outcome.evidence))
    elif outcome.is_success:
        needs.append("somebody confirmed it")
    if outcome.rests_on == "contact":
        needs.append("a person's own contact is on record")
    if outcome.rests_on == "attempts" and definition.contact is not None:
        needs.append(f"{definition.contact.attempts} separate attempts in time are on record")
    return outcome.title + (f" (when {', and '.join(needs)})" if needs else "")


def _answers(definition: Definition) -> list[str]:
    wait = _days(definition.not_yet.after_days)
    return [
        _yes(definition),
        _no(definition),
        f"Not yet asks again {wait} later.",
        "STOP ends the texts at once, and another way is looked for.",
        "Words no rule understands are read by a person before anything else happens.",
    ]


def _words(definition: Definition) -> list[str]:
    """What patients read beside the wordings: the matter's name, the line of answers, the buttons."""
    told = []
    for language, name in (("en", "English"), ("es", "Spanish")):
        buttons = [said_in(o.label, language) for o in definition.question.options]
        barriers = [said_in(o.label, language) for o in definition.barrier.options]
        told += [
            f"{name}: about “{said_in(definition.label, language)}”.",
            f"{name}: “{said_in(definition.question.options_text, language)}”",
            f"{name}: buttons {', '.join(buttons)}; after a no {', '.join(barriers)}.",
        ]
    return told
