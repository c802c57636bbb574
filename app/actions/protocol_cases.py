"""Last month's tasks of a kind as plain cases to replay a protocol over: when each began, what was really
asked and answered, what ended it. A constant number of statements per page of tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app import access
from app.actions import message_route, protocol_words, rung_reasons, send_places, task_wording
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.contact_preference import Preferences
from app.models.event import Event
from app.models.message import Message
from app.models.patient import RelatedPerson
from app.models.practice import Practice
from app.models.protocol_definition import Definition
from app.models.protocol_replay import Answer, Case
from app.models.task import Task
from app.models.task_deadline import Moments
from app.models.viewer import Viewer
from messaging.gate_facts import Reason

#: What a task's events tell of its ladder.
_ASKED = ("task.asked", "task.reminded")
_SAID = ("task.answered", "task.reply_unclear")
_ENDS = ("task.ladder_stopped", "task.held", "task.cancelled", "task.completed", "task.restarted")
_KINDS = (*_ASKED, *_SAID, *_ENDS, "task.step_skipped")
#: Reasons of the gate that pass by themselves say nothing about the next text.
_PASSING = frozenset({"ok", "expired", "not_yet", "quiet_hours", "practice_closed",
                      "frequency_cap", "preferred_time", "sending_off"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds the tasks of one page."""

    practice: Practice
    events: Mapping[UUID, list[Event]]
    left: Mapping[str, datetime]
    numbers: Mapping[UUID, PhoneNumber]
    caregivers: Mapping[UUID, list[RelatedPerson]]
    #: Those of them who would be texted, and the words that hold a link: (template, language).
    texted: frozenset[UUID]
    linked: frozenset[tuple[str, str]]


def around(viewer: Viewer, tasks: Sequence[Task], definitions: Sequence[Definition]) -> Around:
    """Seven statements for all of them, and one for each wording where somebody may not get links."""
    ids, patients = [task.id for task in tasks], {task.patient_id for task in tasks}
    events: dict[UUID, list[Event]] = {}
    of_tasks = select(Event).where(
        Event.practice_id == viewer.practice_id, Event.subject_type == Task.__tablename__,
        Event.subject_id.in_(ids), Event.kind.in_(_KINDS),
    )  # fmt: skip
    for event in db.session.scalars(of_tasks.order_by(Event.at, Event.id)):
        events.setdefault(event.subject_id, []).append(event)
    texts = select(Message.id, Message.sent_at).where(
        Message.practice_id == viewer.practice_id, Message.task_id.in_(ids),
        Message.asked.is_not(None), Message.sent_at.is_not(None),
    )  # fmt: skip
    helpers = select(RelatedPerson).where(
        RelatedPerson.practice_id == viewer.practice_id, RelatedPerson.patient_id.in_(patients)
    )
    caregivers: dict[UUID, list[RelatedPerson]] = {}
    for helper in db.session.scalars(helpers):
        caregivers.setdefault(helper.patient_id, []).append(helper)
    practice = access.practice_of(viewer)
    wary = {t.patient.language for t in tasks if Preferences.of(t.patient.preferences).flags}
    people = [helper.id for each in caregivers.values() for helper in each]
    return Around(
        practice,
        events,
        {str(id_): sent_at for id_, sent_at in db.session.execute(texts) if sent_at},
        message_route.best_numbers(viewer.practice_id, patients),
        caregivers,
        protocol_words.who_may_be_texted(practice.id, people, definitions[0].purpose),
        protocol_words.linked(practice, definitions, wary),
    )


def case_of(task: Task, known: Around) -> Case:
    """The task as plain values."""
    practice, patient = known.practice, task.patient
    number = known.numbers.get(patient.id)
    zones = send_places.zones_for(patient, number)
    opening = send_places.opening_rule(practice, at=task.created_at)
    answers, ends_at, no_texts = _story(known.events.get(task.id, []), known.left)
    return Case(
        moments=moments_of(task),
        zone=zones[0] if len(zones) == 1 else practice.time_zone,
        hours=(send_places.quiet_rule(practice, patient, number), *([opening] if opening else [])),
        answers=tuple(answers),
        wishes=Preferences.of(patient.preferences),
        ends_at=ends_at,
        no_texts=no_texts or ("no_number" if number is None else None),
        has_caregiver=bool(_hearing(task, known)),
        texts_caregiver=any(
            helper.id in known.texted and helper.may_answer_about(task.type.value)
            for helper in _hearing(task, known)[:1]
        ),
        linked=frozenset(name for name, said in known.linked if said == patient.language),
        has_partner=rung_reasons.partner_of(task) is not None,
    )


def moments_of(task: Task) -> Moments:
    return Moments(task.created_at, task_wording.happens_at(task), task.received_at)


def _story(
    events: Sequence[Event], left: Mapping[str, datetime]
) -> tuple[list[Answer], datetime | None, str | None]:
    """The answers with the text each followed, when something else ended the steps, and why no text could
    leave at all."""
    answers: list[Answer] = []
    asked: list[datetime] = []
    no_texts = None
    for event in events:
        if event.kind in _ASKED:
            asked.append(left.get(str(event.facts.get("message_id")), event.at))
        elif event.kind in _SAID:
            answers.append(_answer(event, asked))
            asked = []
        elif event.kind == "task.step_skipped":
            reason = event.facts.get("reason")
            lasting = reason in Reason.__members__.values() and reason not in _PASSING
            no_texts = no_texts or (str(reason) if lasting else None)
        elif (
            not answers or answers[-1].at != event.at
        ):  # a closing by the answer itself ends nothing else
            return answers, event.at, no_texts
    return answers, None, no_texts


def _answer(event: Event, asked: Sequence[datetime]) -> Answer:
    by_text = event.facts.get("message_id") and asked
    if not by_text:
        return Answer(str(event.facts.get("key", "unclear")), event.at)
    after = max(event.at - asked[-1], timedelta())
    return Answer(str(event.facts.get("key", "unclear")), event.at, len(asked), after)


def _hearing(task: Task, known: Around) -> list[RelatedPerson]:
    """The caregivers who might have heard about it when the task began, the first of them first."""
    day = task.created_at.astimezone(ZoneInfo(known.practice.time_zone)).date()
    found = [
        helper
        for helper in known.caregivers.get(task.patient_id, [])
        if helper.may_hear_about(task.type.value)
        and helper.from_on <= day
        and (helper.to_on is None or day <= helper.to_on)
        and (helper.ended_at is None or task.created_at < helper.ended_at)
    ]
    return sorted(found, key=lambda helper: (helper.from_on, helper.id))
