"""What the ledger must show before a task closes as reached, or as tried often enough: a person's own
contact with patient or caregiver, or so many separate attempts in time. An automated text is neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.actions import protocols
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.protocol_definition import ContactRule, Outcome
from app.models.task import Evidence, Task
from app.models.touchpoint import ActorKind, Touchpoint, TouchpointTask
from app.value.transition import Contact, State, contact_state, separate

#: With whom a contact counts.
PARTIES = ("patient", "caregiver")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the contact a protocol asks for has come."""

    state: State
    made: int
    wanted: int


def check(task: Task, outcome: Outcome, evidence: Evidence | None) -> None:
    """Raise when the outcome does not accept this evidence, or the ledger does not show what it rests on."""
    if outcome.evidence and (evidence is None or evidence.value not in outcome.evidence):
        raise Invalid(
            f"“{outcome.title}” needs: {_named(outcome.evidence)}. Choose who confirmed it.",
            field="evidence",
        )
    rule = protocols.definition_of(task).contact
    if outcome.rests_on is None or rule is None:
        return
    contacts = contacts_of(task)
    if outcome.rests_on == "contact" and not any(each.reached for each in contacts):
        raise Conflict("Log the call that reached them first: a text alone is no contact.")
    if outcome.rests_on == "attempts" and _made(task, rule, contacts) < rule.attempts:
        raise Conflict(
            f"This needs {rule.attempts} separate attempts on record before its day is over. "
            "Log each call; a text alone is no attempt."
        )


def reached_at(task: Task, outcome: Outcome) -> datetime | None:
    """When the contact an outcome rests on was made, so that in time is judged by it."""
    if outcome.rests_on != "contact":
        return None
    return min((each.at for each in contacts_of(task) if each.reached), default=None)


def standing(task: Task, *, at: datetime) -> Standing | None:
    """For the card; None when the protocol asks for no contact."""
    rule = protocols.definition_of(task).contact
    if rule is None:
        return None
    contacts = contacts_of(task)
    state = contact_state(
        contacts, deadline=task.due_at, at=at, attempts=rule.attempts, apart=_apart(rule)
    )
    return Standing(state, _made(task, rule, contacts), rule.attempts)


def contacts_of(task: Task) -> list[Contact]:
    """People's tries for this task that were not taken back, oldest first."""
    later = aliased(Touchpoint)
    taken_back = exists().where(
        later.practice_id == Touchpoint.practice_id, later.supersedes_id == Touchpoint.id
    )
    rows = db.session.execute(
        select(Touchpoint.started_at, Touchpoint.is_interactive)
        .join(
            TouchpointTask,
            (TouchpointTask.practice_id == Touchpoint.practice_id)
            & (TouchpointTask.touchpoint_id == Touchpoint.id),
        )
        .where(
            Touchpoint.practice_id == task.practice_id,
            TouchpointTask.task_id == task.id,
            Touchpoint.actor_kind == ActorKind.HUMAN,
            Touchpoint.contact_party.in_(PARTIES),
            Touchpoint.attempt_number.is_not(None) | Touchpoint.is_interactive,
            ~taken_back,
        )
        .order_by(Touchpoint.started_at, Touchpoint.id)
    )
    return [Contact(started_at, True, reached) for started_at, reached in rows]


def _made(task: Task, rule: ContactRule, contacts: list[Contact]) -> int:
    timely = [each for each in contacts if each.at < task.due_at]
    return separate(timely, apart=_apart(rule))


def _apart(rule: ContactRule) -> timedelta:
    return timedelta(minutes=rule.apart_minutes)


def _named(grades: Sequence[str]) -> str:
    return " or ".join(grade.replace("_", " ") for grade in grades)
