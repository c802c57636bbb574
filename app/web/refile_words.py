"""What giving a message or a call to somebody else will do, in sentences: read before it is done."""

from collections.abc import Iterator

from app.actions import protocols
from app.actions.answer_undo import Effect, Way
from app.actions.disclosures import Disclosure
from app.actions.identity_plan import Plan as IdentityPlan
from app.actions.inbound_reading import Kind
from app.actions.refile_plan import Plan
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task
from app.web.display import stamp
from app.web.words import word

#: (icon, sentence)
Line = tuple[str, str]

_WAYS = {
    Way.REOPENS: "opens again where it stood: outcome and evidence are taken back, and its texts go on",
    Way.RETURNS: "goes back to where it stood, and its texts go on",
    Way.STAYS: "stays as it is, because it has moved on since",
    Way.UNTOUCHED: "stays as it is: it was closed before this came",
}
_KEYWORDS = {
    Kind.STOP: "STOP was the number’s: it stays in force for everyone who uses it",
    Kind.START: "START was the number’s: it stays. Check the consent on {of}’s page",
    Kind.JOIN: "The consent it gave stays recorded for {of}. Correct it on {of}’s page, and record {to}’s",
    Kind.HELP: "HELP was answered; that stays",
    Kind.NEAR_STOP: "Automatic texts stay paused for everyone on this number until somebody decides",
}
_MEANS = {
    Kind.REPEATED: "It says again what {to} has said already: nothing changes",
    Kind.CONTRADICTED: "It says something else than {to} said before: a person reads it first",
    Kind.LATE: "It comes after {to}’s question was closed: a person reads it",
    Kind.UNCLEAR: "No rule understands it as an answer to {to}’s question: a person reads it",
    Kind.CONFIRMED: "{to} said this in the portal: a person reads it first",
    Kind.CLARIFIED: "It says which of {to}’s questions was meant: that answer takes effect",
    Kind.WHICH_TASK: "It could answer more than one question of {to}’s. Choose below",
}


def message_lines(plan: Plan, wrong: Patient) -> list[Line]:
    """What moving a message does, in the order people ask."""
    right = plan.person.patient
    return [
        ("message", f"It moves to {right.name}’s thread with its own time. {wrong.name}’s thread keeps "
                    "a line that a message was moved, without its words."),
        *_along(plan),
        *(("list", _effect(each, wrong)) for each in plan.effects),
        *_meaning(plan, wrong, right),
        ("history", f"The touchpoint is reversed for {wrong.name} and written for {right.name} with "
                    "the time it had."),
        *_shown(plan.disclosure, wrong),
    ]  # fmt: skip


def call_lines(disclosure: Disclosure | None, wrong: Patient, right: Patient) -> list[Line]:
    """What moving a call does."""
    return [
        ("phone-call", f"The call moves to {right.name}’s thread with its own time, and whoever has not "
                       "called back sees it there."),
        ("history", f"The touchpoint is reversed for {wrong.name} and written for {right.name} with "
                    "the time it had."),
        *_shown(disclosure, wrong),
    ]  # fmt: skip


def identity_lines(plan: IdentityPlan) -> list[Line]:
    """What taking a wrong "Who is this?" back does."""
    who = plan.patient.name
    return [
        ("message", f"To a thread of their own, which asks again who it is: {_counted(plan)}. {who}’s thread "
                    "keeps a line without the words."),
        *(("list", _effect(each, plan.patient)) for each in plan.effects),
        ("history", f"The touchpoints are reversed for {who}, and written again once you know who it is."),
        ("alert-circle", f"All of it leaves {who}’s portal at once. What stood there is recorded as a "
                         "disclosure on both sides."),
        *_undone(plan, who),
    ]  # fmt: skip


def _counted(plan: IdentityPlan) -> str:
    kinds = ((len(plan.messages), "message"), (len(plan.calls), "call"))
    parts = [f"{count} {what}{'s' if count > 1 else ''}" for count, what in kinds if count]
    return " and ".join(parts) or "nothing that still stands there"


def _undone(plan: IdentityPlan, who: str) -> Iterator[Line]:
    if plan.consents:
        yield (
            "ban",
            f"The yes to texts that came by text is not {who}’s: what held before holds again.",
        )
    if plan.point is not None:
        yield ("phone", f"The number is not {who}’s any more: what waits to be sent there is taken back, and "
                        "nothing that comes from it is taken for theirs.")  # fmt: skip
    if plan.texts_there:
        count = "1 text" if plan.texts_there == 1 else f"{plan.texts_there} texts"
        yield ("alert-circle", f"{count} of {who}’s went there meanwhile. That cannot be taken back: it is "
                               "recorded as a disclosure.")  # fmt: skip


def task_words(task: Task) -> str:
    """A task as its own question, short."""
    about = task.about.get("medication_label") or task.about.get("appointment_place")
    kind = f"{word(task.type.value, 'type')} task"
    return f"{kind} “{about}”" if about else kind


def moved_words(subject: Message | None, patient: Patient) -> str:
    """What the toast says."""
    what = "The message" if subject is not None else "The call"
    return f"{what} is {patient.name}’s now."


def _along(plan: Plan) -> Iterator[Line]:
    if len(plan.together) > 1:
        yield "message", "The reply that said which question was meant goes along."


def _effect(effect: Effect, wrong: Patient) -> str:
    looks = ". Somebody is asked to look at it" if effect.somebody_looks else ""
    return f"{wrong.name}’s {task_words(effect.task)} {_WAYS[effect.way]}{looks}."


def _meaning(plan: Plan, wrong: Patient, right: Patient) -> Iterator[Line]:
    reading, names = plan.reading, {"of": wrong.name, "to": right.name}
    if reading.kind in _KEYWORDS:
        yield "info-circle", f"{_KEYWORDS[reading.kind].format(**names)}."
    elif reading.kind is Kind.ANSWER and reading.about[0].task is not None and reading.key:
        task = reading.about[0].task
        yield (
            "check",
            f"It answers “{_label(task, reading.key)}” to {right.name}’s {task_words(task)}.",
        )
    elif reading.kind in _MEANS:
        yield "info-circle", f"{_MEANS[reading.kind].format(**names)}."
    else:
        yield (
            "hourglass",
            f"It answers no question of {right.name}’s: it waits there until a person reads it.",
        )
    if plan.urgent:
        yield (
            "urgent",
            f"Its urgent words ({word(plan.urgent, 'urgent')}) go along and are read at once.",
        )
    elif plan.has_media:
        yield "hourglass", "A file came with it: a person looks."


def _label(task: Task, key: str) -> str:
    definition = protocols.definition_of(task)
    options = (*definition.question.options, *definition.barrier.options)
    return next((each.label["en"] for each in options if each.key == key), key.replace("_", " "))


def _shown(disclosure: Disclosure | None, wrong: Patient) -> Iterator[Line]:
    if disclosure is None:
        return
    opened = disclosure.opened_at
    seen = f"opened meanwhile, last {stamp(opened)}" if opened else "not opened meanwhile"
    yield (
        "alert-circle",
        (
            f"It stood in {wrong.name}’s portal since {stamp(disclosure.since)}; the portal was {seen}. "
            "It leaves that portal at once. The disclosure is recorded on both timelines."
        ),
    )
