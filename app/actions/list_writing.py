"""Writing the messages of a list in short batches, and taking them back after a stop. Resumable: a person's
row says whether their message is written, and its send key keeps it one."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.exc import OperationalError

from app.actions import messages, queued_texts, urgency
from app.actions.list_plan import draft_for
from app.actions.list_words import Writer
from app.core.db import db, savepoint
from app.core.log import logger
from app.models.event import SYSTEM, Actor, record
from app.models.list_send import ListProblem, ListRecipient, ListSend, ListStatus
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import Practice
from messaging.delivery import MessageStatus

log = logger("lists")
BATCH = 25
#: A stopped list is watched while one of its texts may still come back into the queue.
LOOK_AGAIN = timedelta(seconds=5)


def due_lists(*, at: datetime) -> list[tuple[UUID, UUID]]:
    """(practice, list) with something to write or to take back, the longest waiting first."""
    rows = (
        select(ListSend.practice_id, ListSend.id)
        .where(ListSend.due_at <= at)
        .order_by(ListSend.due_at, ListSend.id)
    )
    return [(practice_id, list_id) for practice_id, list_id in db.session.execute(rows)]


def step(row: ListSend, *, at: datetime) -> int:
    """One batch. Returns how many people were dealt with; with nothing left the list is put down."""
    done = take_back(row, limit=BATCH, at=at) if row.is_stopped else _write_next(row, at=at)
    if not done and row.is_stopped and _may_come_back(row):
        row.due_at = at + LOOK_AGAIN
    elif not done:
        _put_down(row, at=at)
    return done


def take_back(row: ListSend, *, limit: int, at: datetime) -> int:
    """Cancel messages of a stopped list that still wait; returns how many.

    One the outbox is just looking at is left to it: it takes nothing of a stopped list.
    """
    waiting = (
        select(ListRecipient, Message)
        .join(Message, same_message())
        .where(_mine(row), Message.status == MessageStatus.QUEUED)
        .order_by(ListRecipient.position)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
    )
    by = Actor("user", row.stopped_by_id) if row.stopped_by_id else SYSTEM
    taken = 0
    for person, message in db.session.execute(waiting).all():
        if message.move(MessageStatus.CANCELLED, at=at):
            message.due_at, person.stopped_at = None, at
            record(message, "message.cancelled", by=by, at=at, why="list_stopped")
            taken += 1
    return taken


def same_message() -> ColumnElement[bool]:
    """A person's row and their message."""
    return and_(
        Message.practice_id == ListRecipient.practice_id, Message.id == ListRecipient.message_id
    )


def _mine(row: ListSend) -> ColumnElement[bool]:
    return and_(ListRecipient.practice_id == row.practice_id, ListRecipient.list_id == row.id)


def _write_next(row: ListSend, *, at: datetime) -> int:
    """Write the next people's messages, or put back what a stop took; a person who breaks is set aside."""
    people = db.session.execute(_next_people(row)).all()
    if not people:
        return 0
    practice = db.session.get_one(Practice, row.practice_id)
    writer = Writer(practice, row.words, others_get_english=row.others_get_english)
    by = Actor("user", row.by_id) if row.by_id else SYSTEM
    urgent = urgency.whose_wait(row.practice_id, [patient.id for _, patient in people])
    for person, patient in people:
        if patient.id in urgent and person.message_id is None:
            person.problem = ListProblem.URGENT
            continue
        try:
            with savepoint():
                _write(row, person, patient, writer, by=by, at=at)
        except OperationalError:  # the database's trouble, not the person's
            raise
        except Exception:
            log.exception("a person of a list broke", list_id=str(row.id), row_id=str(person.id))
            person.problem = ListProblem.BROKEN
    return len(people)


def _next_people(row: ListSend) -> Select[ListRecipient, Patient]:
    return (
        select(ListRecipient, Patient)
        .join(
            Patient,
            and_(
                Patient.practice_id == ListRecipient.practice_id,
                Patient.id == ListRecipient.patient_id,
            ),
        )
        .where(
            _mine(row),
            ListRecipient.problem.is_(None),
            or_(ListRecipient.message_id.is_(None), ListRecipient.stopped_at.is_not(None)),
        )
        .order_by(ListRecipient.position)
        .limit(BATCH)
    )


def _write(
    row: ListSend, person: ListRecipient, patient: Patient, writer: Writer, **how: Any
) -> None:
    if person.message_id is not None:
        _put_back(person, **how)
        return
    text = writer.text_for(patient)
    if text is None:
        person.problem = ListProblem.NO_WORDS
        return
    person.message_id = messages.queue(draft_for(row, patient, text), **how).id
    db.session.flush()


def _put_back(person: ListRecipient, **how: Any) -> None:
    """What was taken back otherwise meanwhile, or was tried before, is not replayed."""
    message = db.session.get_one(Message, (person.practice_id, person.message_id))
    queued_texts.queue_again(message, **how)
    person.stopped_at = None
    db.session.flush()


def _may_come_back(row: ListSend) -> bool:
    """Whether a text of a stopped list is just leaving: not taken by the carrier, it would wait again."""
    leaving = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.IN_DOUBT)
    open_ones = (
        select(Message.id)
        .join(ListRecipient, same_message())
        .where(_mine(row), Message.status.in_(leaving))
    )
    return db.session.scalar(open_ones.limit(1)) is not None


def _put_down(row: ListSend, *, at: datetime) -> None:
    """Nothing is left to do, unless somebody pressed stop or go on in the meantime."""
    db.session.flush()
    written = row.written_at or (None if row.is_stopped else at)
    put = db.session.scalar(
        update(ListSend)
        .where(
            ListSend.practice_id == row.practice_id,
            ListSend.id == row.id,
            ListSend.status == row.status,
            ListSend.due_at == row.due_at,
        )
        .values(due_at=None, written_at=written)
        .returning(ListSend.id)
        .execution_options(synchronize_session=False)
    )
    first = row.written_at is None and row.status is ListStatus.SENDING
    db.session.refresh(row)
    if put is not None and first:
        record(row, "list.written", by=SYSTEM, at=at)
