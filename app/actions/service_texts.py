"""Short automated texts that answer what the person just did: HELP, START, the one confirmation of STOP,
the question which of several tasks a reply means, and that we are closed. One per message that came in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from app.actions import messages, task_wording, templates
from app.actions.inbound_reading import Arrival
from app.actions.questions import WHICH_TASK
from app.actions.who_questions import WHO_IS_IT
from app.core.db import db
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.practice import Practice
from app.models.task import Task
from messaging.gate import Purpose
from messaging.questions import Option, Question, options_text

#: A confirmation of STOP is presumed welcome for this long.
CONFIRM_WITHIN = timedelta(minutes=5)


def answer(arrival: Arrival, template_key: str, *, at: datetime, solicited: bool = True) -> Message:
    """Queue the practice's standard answer to a keyword, the way the keyword came. It is solicited while it
    answers what they just did."""
    draft = _draft(
        arrival, template_key, send_key=f"answer:{arrival.message.id}", solicited=solicited
    )
    return messages.queue(draft, by=SYSTEM, at=at)


def confirm_stop(arrival: Arrival, *, at: datetime) -> Message | None:
    """The one text that may follow a STOP. Later than five minutes after it was written, also when it only
    reached us then, it is not sent any more (47 CFR 64.1200(a)(12))."""
    not_after = arrival.message.created_at + CONFIRM_WITHIN
    if not_after <= at:
        return None
    draft = _draft(
        arrival,
        "service.stopped",
        send_key=f"answer:{arrival.message.id}",
        confirms_opt_out=True,
        not_after=not_after,
    )
    return messages.queue(draft, by=SYSTEM, at=at)


def tell_closed(
    arrival: Arrival,
    template_key: str,
    *,
    language: str,
    opens: str,
    send_key: str,
    not_after: datetime | None,
    at: datetime,
) -> Message:
    """Say when a person reads it, and what to do in an emergency. Once we are open it is of no use."""
    draft = _draft(
        arrival, template_key, send_key=send_key, language=language, not_after=not_after,
        values={"opens": opens},
    )  # fmt: skip
    return messages.queue(draft, by=SYSTEM, at=at)


def ask_which_task(arrival: Arrival, tasks: Sequence[Task], *, at: datetime) -> Message:
    """Ask which of the tasks the reply means; what it said about each waits in the question."""
    labels = task_wording.labels_of(tasks, arrival.language)
    options = tuple(
        Option(str(task.id), number, label)
        for number, (task, label) in enumerate(zip(tasks, labels, strict=True), 1)
    )
    keys = {str(task_id): key for task_id, key in arrival.reading.between.items()}
    asked = {
        "kind": WHICH_TASK,
        "options": [{"key": o.key, "number": o.number, "label": o.label} for o in options],
        "pending_answer": {"message_id": str(arrival.message.id), "keys": keys},
    }
    draft = _draft(
        arrival,
        "clarify.which_task",
        send_key=f"which:{arrival.message.id}",
        purpose=Purpose.CARE_NAVIGATION,
        options=options_text(Question("choice", options, arrival.language)),
        asked=asked,
    )
    return messages.queue(draft, by=SYSTEM, at=at)


def ask_who(arrival: Arrival, options: Sequence[Option], *, language: str, at: datetime) -> Message:
    """Ask a shared phone whom its message is about, by initials alone."""
    asked = {
        "kind": WHO_IS_IT,
        "options": [{"key": o.key, "number": o.number, "label": o.label} for o in options],
        "message_id": str(arrival.message.id),
    }
    draft = _draft(
        arrival,
        "clarify.who_is_it",
        send_key=f"who:{arrival.message.id}",
        language=language,
        options=options_text(Question("choice", tuple(options), language)),
        asked=asked,
    )
    return messages.queue(draft, by=SYSTEM, at=at)


def _draft(
    arrival: Arrival,
    template_key: str,
    *,
    purpose: Purpose = Purpose.SERVICE,
    options: str = "",
    language: str | None = None,
    values: Mapping[str, str] | None = None,
    solicited: bool = True,
    **more: Any,
) -> messages.Draft:
    practice = db.session.get_one(Practice, arrival.message.practice_id)
    patient = arrival.person.patient if arrival.person is not None else None
    spoken = language or arrival.language
    known = {
        "practice_name": practice.name,
        "practice_phone": task_wording.practice_phone(practice),
        "options": options,
        **(values or {}),
    }
    filled = templates.fill(practice, template_key, spoken, known)
    return messages.Draft(
        practice_id=practice.id,
        patient=patient,
        conversation=arrival.thread,
        phone_number=arrival.number,
        related_person_id=arrival.person.related_person_id if arrival.person else None,
        line=arrival.line,
        channel=arrival.message.channel,
        body=filled.body,
        language=filled.language,
        wanted_language=filled.wanted,
        purpose=purpose,
        template_key=filled.key,
        template_version=filled.version,
        is_automated=True,
        solicited=solicited,
        **more,
    )
