"""The ladder of a task: ask by text, ask again at another time of day, a call for the navigator, a
caregiver, a partner, the lead. A step that cannot run is skipped with its reason and the next one comes
now; whatever ends the ladder also takes back the texts still waiting."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from app.actions import (
    caregiver_texts,
    ladder_people,
    ladder_texts,
    one_question,
    protocols,
    rung_reasons,
)
from app.actions.ladder_due import due_steps, overdue
from app.actions.ladder_stops import HANDS_ON, stop, stop_for_number, stop_for_patient
from app.models.event import SYSTEM, record
from app.models.message import Message
from app.models.protocol_definition import Definition, Step
from app.models.task import Needs, Task, TaskStatus
from app.models.task_deadline import next_moment
from messaging.errors import WordingError
from messaging.repeats import first_key

__all__ = [
    "HANDS_ON",
    "due_steps",
    "mark_overdue",
    "overdue",
    "set_aside",
    "start",
    "start_with_call",
    "step",
    "stop",
    "stop_for_number",
    "stop_for_patient",
    "text_lost",
]

#: Reasons of the gate after which nobody is to be called either, before a lead has decided.
_NOBODY_TO_CALL = frozenset({"patient_inactive", "do_not_contact"})


def start(task: Task, first_at: datetime, *, at: datetime) -> None:
    """Put the task on its first rung, and climb it when its time has come."""
    task.step, task.next_step_at = 0, first_at
    step(task, at=at)


def start_with_call(task: Task, *, at: datetime) -> None:
    """Leave the texts out: the navigator calls."""
    steps = protocols.definition_of(task).steps
    calls = [index for index, each in enumerate(steps) if each.action == "call"]
    task.step, task.next_step_at = (calls[0] if calls else len(steps)), at
    step(task, at=at)


def step(task: Task, *, at: datetime) -> None:
    """Climb the rungs that are due at `at`; nothing is due = nothing happens."""
    definition = protocols.definition_of(task)
    while _is_due(task, at):
        if task.step >= len(definition.steps):
            task.stop_ladder()
            continue
        rung = definition.steps[task.step]
        reason = rung_reasons.why_not(task, rung, at=at)
        if reason is not None:
            task.step += 1
            _skip(task, rung.key, reason, at=at)
        elif rung.writes:
            _ask_by_text(task, definition, rung, at=at)
        elif rung.action == "caregiver":
            _ask_a_caregiver(task, definition, rung, at=at)
        else:
            _ask_a_person(task, definition, rung, at=at)


def _is_due(task: Task, at: datetime) -> bool:
    ready = task.is_open and task.status is not TaskStatus.ON_HOLD
    return ready and task.next_step_at is not None and task.next_step_at <= at


def _ask_a_caregiver(task: Task, definition: Definition, rung: Step, *, at: datetime) -> None:
    """By text, where they may be texted and no other task's question to them is open; that one is waited for,
    unless the day would be over: then they are called."""
    found = caregiver_texts.to_text(task, definition, at=at)
    hold = one_question.hold_for(task, at=at, caregiver=found[0]) if found else None
    if hold is not None and not _cannot_wait(task, definition, hold):
        _wait_for_turn(task, definition, rung, hold, at=at)
        return
    text = caregiver_texts.ask(task, definition, rung, at=at) if hold is None else None
    task.waits_for = None
    _ask_a_person(task, definition, rung, text, at=at)


def _ask_a_person(
    task: Task, definition: Definition, rung: Step, text: Message | None = None, *, at: datetime
) -> None:
    """`text`: what has been written to a caregiver; nobody has to call yet."""
    task.step += 1
    more = task.step < len(definition.steps)
    left = max(text.due_at or at, at) if text is not None else at
    zone = ladder_texts.zone_of(task.patient)
    task.next_step_at = next_moment(rung, left, zone) if more else None
    if text is not None:
        task.status, task.updated_at = TaskStatus.IN_PROGRESS, at
        record(task, "task.caregiver_asked", by=SYSTEM, at=at, step=rung.key,
               message_id=str(text.id))  # fmt: skip
    if text is None or not more or definition.contact is not None:  # somebody has to call, too
        ladder_people.ask(task, rung, at=at)


def _ask_by_text(task: Task, definition: Definition, rung: Step, *, at: datetime) -> None:
    waiting = ladder_texts.waiting_text(task)
    if waiting is not None:  # the last text has not left yet: the person has had no time to answer
        task.next_step_at = ladder_texts.after_waiting(task, definition, waiting, at=at)
        return
    hold = one_question.hold_for(task, at=at)
    if hold is not None:
        _wait_for_turn(task, definition, rung, hold, at=at)
        return
    task.step, task.waits_for = task.step + 1, None
    try:
        message = ladder_texts.ask(task, definition, rung, at=at)
    except WordingError:  # the practice's own wording needs something nobody knows for this task
        _skip(task, rung.key, "wording", at=at)
        return
    if ladder_texts.is_refused(message):
        _skip(task, rung.key, message.withheld_reason or message.status.value, at=at)
        return
    one_question.set_others_aside(task, at=at)
    repeated = task.asked_at is not None
    left = max(message.due_at or at, at)
    task.asked_at = task.asked_at or left
    task.status = TaskStatus.IN_PROGRESS
    task.next_step_at = next_moment(rung, left, ladder_texts.zone_of(task.patient))
    task.updated_at = at
    kind = "task.reminded" if repeated else "task.asked"
    record(task, kind, by=SYSTEM, at=at, step=rung.key, message_id=str(message.id))


def _wait_for_turn(
    task: Task, definition: Definition, rung: Step, hold: one_question.Hold, *, at: datetime
) -> None:
    """Another protocol's question is open: wait for it, unless the day would be over or a person's own
    contact is what counts; then the text is left out."""
    if hold.other is None:
        task.next_step_at = hold.until
        return
    if _cannot_wait(task, definition, hold):
        task.step += 1
        _skip(task, rung.key, "question_open", at=at)
        return
    if task.waits_for != hold.other.id:
        record(task, "task.step_waits", by=SYSTEM, at=at, step=rung.key, reason="question_open",
               other=hold.other.type.value, until=hold.until.isoformat())  # fmt: skip
    task.waits_for, task.next_step_at, task.updated_at = hold.other.id, hold.until, at


def _cannot_wait(task: Task, definition: Definition, hold: one_question.Hold) -> bool:
    open_to_wait = definition.contact is None and hold.until < task.due_at
    return hold.other is not None and not open_to_wait


def _skip(task: Task, step_key: str, reason: str, *, at: datetime) -> None:
    """This rung reached nobody: say why, and take the next one now."""
    record(task, "task.step_skipped", by=SYSTEM, at=at, step=step_key, reason=reason)
    if reason in _NOBODY_TO_CALL:
        task.stop_ladder()
        task.need(Needs.LEAD_DECISION, at=at)
    else:
        task.next_step_at = at


def text_lost(message: Message, *, at: datetime) -> None:
    """An ask ended withheld, failed or expired after all: the next rung comes now.

    Nothing happens unless it is the newest ask of a ladder still climbing.
    """
    task = ladder_texts.task_of(message)
    if task is None or not task.is_open or task.next_step_at is None or task.step == 0:
        return
    rung = protocols.definition_of(task).steps[task.step - 1]
    if first_key(message.send_key) != ladder_texts.send_key(task, rung.key):
        return
    if rung.action == "caregiver":
        ladder_people.ask(task, rung, at=at)
        return
    _skip(task, rung.key, message.withheld_reason or message.status.value, at=at)


def mark_overdue(
    task: Task,
    *,
    at: datetime,
    is_idle: bool = False,
    stand_ins: Mapping[UUID, UUID | None] | None = None,
) -> None:
    """The day is over: the card is overdue and its team's leader decides. Does it once.

    A sweep of many says what it read for all of them: that nothing waits with this one, and who stands in.
    """
    held = task.status is TaskStatus.ON_HOLD
    if not task.is_open or held or task.overdue_since is not None or task.due_at > at:
        return
    task.overdue_since = task.due_at
    _note_missed(task, at=at)
    record(task, "task.overdue", by=SYSTEM, at=at, due_on=task.due_on.isoformat())
    if is_idle:
        task.stop_ladder()
    else:
        stop(task, by=SYSTEM, at=at)
    if task.needs not in HANDS_ON:
        task.need(Needs.LEAD_DECISION, at=at)
    ladder_people.escalate(task, at=at, stand_ins=stand_ins)


def _note_missed(task: Task, *, at: datetime) -> None:
    """A rung that was due and not climbed (no worker ran) is on record: it won't be any more."""
    if not _is_due(task, at):
        return
    steps = protocols.definition_of(task).steps
    if task.step < len(steps):
        record(task, "task.step_skipped", by=SYSTEM, at=at, step=steps[task.step].key,
               reason="expired")  # fmt: skip


def set_aside(task: Task, *, reason: str, at: datetime) -> None:
    """A sweep broke on this task: it waits for a person, and the sweep goes on with the rest."""
    task.stuck_reason = reason
    task.stop_ladder()
    task.overdue_since = task.overdue_since or (task.due_at if task.due_at <= at else None)
    task.need(Needs.LEAD_DECISION, at=at)
    record(task, "task.set_aside", by=SYSTEM, at=at, reason=reason)
