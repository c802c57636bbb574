"""A board's cards, made ready for their template: every word and mark of a card as the template prints it, so
that a hundred of them cost little more than printing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup

from app.actions import protocols
from app.models.referral import Referral
from app.models.task import Task, TaskStatus
from app.models.viewer import Viewer
from app.queries.board import Wait
from app.queries.next_steps import around
from app.web import words
from app.web.chips import due_chip, holder, needs_chip, type_tag
from app.web.display import day_of, how_long, on_day, waited
from app.web.moment import now
from app.web.task_next import what_next


@dataclass(frozen=True, slots=True)
class Card:
    """`moves`: which moves its menu offers. `waits`: how long the patient's message has waited;
    `wrote_urgent`: whether with urgent words."""

    id: str
    patient_id: str
    name: str
    language: str
    kind: str
    tag: Markup
    about: str
    due: Markup
    needs: Markup
    holder: Markup
    is_open: bool
    is_late: bool
    is_urgent: bool
    status: str
    referral: Referral | None
    waits: str
    wrote_urgent: bool
    outcome: str
    next: str
    proof: str
    reason: str


def cards(viewer: Viewer, tasks: Iterable[Task], waiting: Mapping[UUID, Wait]) -> dict[UUID, Card]:
    """By task; what happens next with each, and why, in one sentence, and the referral whose week runs on
    it. A constant number of statements."""
    shown = list(tasks)
    known = around(viewer, shown)
    definitions = {id_: protocols.read(row) for id_, row in known.protocols.items()}
    made = {}
    for task in shown:
        wait, is_open = waiting.get(task.patient_id), task.is_open
        step = ""
        if is_open:
            text = known.waiting.get(task.id)
            step = what_next(
                task, definitions[task.protocol_id], text, referral=known.referrals.get(task.id)
            )
        referral = known.referrals.get(task.id)
        made[task.id] = _card(task, referral, wait if is_open else None, step)
    return made


def _card(task: Task, referral: Referral | None, wait: Wait | None, step: str) -> Card:
    patient, is_open = task.patient, task.is_open
    on_hold = task.status is TaskStatus.ON_HOLD
    return Card(
        id=str(task.id),
        patient_id=str(task.patient_id),
        name=patient.name,
        language="" if patient.language == "en" else patient.language.upper(),
        kind=words.word(task.type, "type"),
        tag=type_tag(task.type),
        about=words.about_line(task),
        due=due_chip(task),
        needs=needs_chip(task),
        holder=holder(task),
        is_open=is_open,
        is_late=is_open and task.due_at <= now(),
        is_urgent=task.priority == "urgent",
        status=task.status.value,
        referral=referral,
        waits=waited(wait.since) if wait else "",
        wrote_urgent=wait is not None and wait.is_urgent,
        outcome="" if is_open else words.word(task.outcome or task.status, "outcome"),
        next=step,
        proof="" if is_open else _proof(task),
        reason=_why_it_waits(task) if on_hold else "",
    )


def _why_it_waits(task: Task) -> str:
    """And until when, where it has a day."""
    until = f"Until {on_day(day_of(task.wakes_at))}" if task.wakes_at else ""
    return ": ".join(each for each in (until, task.status_reason or "") if each)


def _proof(task: Task) -> str:
    """How a closed one is known to have ended so, and how late that was."""
    if not task.evidence:
        return ""
    shared = ", from a shared phone" if task.from_shared_phone else ""
    late = how_long(task.late_seconds) if task.late_seconds else "just"
    return f"{words.word(task.evidence, 'evidence')}{shared}" + (
        f"; {late} late" if task.was_late else ""
    )
