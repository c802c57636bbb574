"""Keeping the search's index: entries are made from the records themselves, a batch at a time. What is due is
noted by triggers, in the transaction that changed the record."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload, load_only

from app import access
from app.actions.text_erasures import DELETED
from app.core.db import db, enter_practice, insert_into, savepoint
from app.core.log import logger
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Note
from app.models.message import Message
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.search_entry import SearchDue, SearchEntry, SearchKind
from app.models.search_terms import birth_terms, keyed, phone_terms, plain, worth_keeping
from app.models.task import Task
from app.models.viewer import system_viewer
from app.queries.search_texts import visible_notes

log = logger("search")
Terms = dict[UUID, list[str]]


def is_due() -> bool:
    """Whether any entry waits to be made."""
    waiting = select(SearchDue.marks).where(SearchDue.set_aside_at.is_(None)).limit(1)
    return db.session.scalar(waiting) is not None


def step(limit: int, *, at: datetime) -> int:
    """Make the next entries, of one practice and kind after the other; how many records were looked at."""
    rows = list(
        db.session.execute(
            select(SearchDue.practice_id, SearchDue.kind, SearchDue.subject_id)
            .where(SearchDue.set_aside_at.is_(None))
            .order_by(SearchDue.practice_id, SearchDue.kind, SearchDue.subject_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    for (practice_id, kind), part in groupby(rows, key=lambda row: (row[0], row[1])):
        _index(practice_id, kind, [row[2] for row in part], at=at)
    return len(rows)


def _index(practice_id: UUID, kind: SearchKind, ids: list[UUID], *, at: datetime) -> None:
    """All at once; if that breaks, one by one, and what is broken is set aside."""
    enter_practice(practice_id)
    try:
        with savepoint():
            _write(practice_id, kind, ids)
        return
    except OperationalError:  # the database's trouble, not the record's
        raise
    except Exception as error:
        log.warning("a batch could not be indexed", kind=str(kind), error=type(error).__name__)
    for subject_id in ids:
        try:
            with savepoint():
                _write(practice_id, kind, [subject_id])
        except OperationalError:
            raise
        except Exception:
            log.exception("a record could not be indexed", kind=str(kind), id=str(subject_id))
            due = db.session.get_one(SearchDue, (practice_id, kind, subject_id))
            due.set_aside_at = at
    db.session.flush()


def _write(practice_id: UUID, kind: SearchKind, ids: list[UUID]) -> None:
    terms = terms_of(practice_id, kind, ids)
    for table in (SearchEntry, SearchDue):
        db.session.execute(
            delete(table)
            .where(table.practice_id == practice_id, table.kind == kind, table.subject_id.in_(ids))
            .execution_options(synchronize_session=False)
        )
    number = _newest_number()
    rows = [
        {"practice_id": practice_id, "kind": kind, "subject_id": id_, "words": " ".join(terms[id_])}
        for id_ in sorted(terms)
        if terms[id_]
    ]
    for row in rows:
        number += 1
        row["number"] = number
    if rows:
        db.session.execute(insert_into(SearchEntry), rows)


def _newest_number() -> int:
    """One at a time: SQLite has one writer, PostgreSQL gets a lock of this transaction."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('search_entry.number'))"))
    return int(db.session.scalar(select(func.max(SearchEntry.number))) or 0)


def terms_of(practice_id: UUID, kind: SearchKind, ids: Sequence[UUID]) -> Terms:
    """The terms each record should be found by, sorted; of those that are there."""
    return {id_: sorted(set(terms)) for id_, terms in _READERS[kind](practice_id, ids)}


Read = Iterable[tuple[UUID, list[str]]]


def _patients(practice_id: UUID, ids: Sequence[UUID]) -> Read:
    numbers: dict[UUID, list[str]] = {}
    reached = (
        select(ContactPoint.patient_id, PhoneNumber.e164)
        .join(
            PhoneNumber,
            (PhoneNumber.practice_id == ContactPoint.practice_id)
            & (PhoneNumber.id == ContactPoint.phone_number_id),
        )
        .where(
            ContactPoint.practice_id == practice_id,
            ContactPoint.patient_id.in_(ids),
            ContactPoint.ended_at.is_(None),
        )
    )
    for patient_id, e164 in db.session.execute(reached):
        numbers.setdefault(patient_id, []).append(e164)
    merged = select(
        Patient.merged_into_id, Patient.given_name, Patient.family_name, Patient.mrn
    ).where(Patient.practice_id == practice_id, Patient.merged_into_id.in_(ids))
    also: dict[UUID, list[str]] = {}  # a record that was merged is found by its own names too
    for into_id, *names_of in db.session.execute(merged):
        also.setdefault(into_id, []).extend(names_of)  # type: ignore[arg-type]  # it is in ids
    for row in _rows(access.visible_patients(system_viewer(practice_id)), Patient, ids):
        names = (row.given_name, row.family_name, row.mrn, *also.get(row.id, ()))
        yield (
            row.id,
            [
                *plain(SearchKind.PATIENT, practice_id, names),
                *phone_terms(practice_id, numbers.get(row.id, [])),
                *birth_terms(practice_id, row.birth_date),
            ],
        )


def _messages(practice_id: UUID, ids: Sequence[UUID]) -> Read:
    term = keyed(SearchKind.MESSAGE, practice_id)
    only = load_only(Message.body, Message.purpose, Message.send_key, Message.direction)
    visible = access.visible_messages(system_viewer(practice_id)).options(only)
    for row in _rows(visible, Message, ids):
        body = "" if row.body == DELETED else row.shown_body
        yield row.id, [term(word) for word in worth_keeping(body)]


def _notes(practice_id: UUID, ids: Sequence[UUID]) -> Read:
    term = keyed(SearchKind.NOTE, practice_id)
    for row in _rows(visible_notes(system_viewer(practice_id)), Note, ids):
        yield row.id, [term(word) for word in worth_keeping(row.body)]


def _tasks(practice_id: UUID, ids: Sequence[UUID]) -> Read:
    for row in _rows(access.visible_tasks(system_viewer(practice_id)), Task, ids, Task.patient):
        said = [each for each in row.about.values() if isinstance(each, str)]
        texts = (row.patient.given_name, row.patient.family_name, row.type.replace("_", " "), *said)
        yield row.id, plain(SearchKind.TASK, practice_id, texts)


def _referrals(practice_id: UUID, ids: Sequence[UUID]) -> Read:
    term = keyed(SearchKind.REFERRAL, practice_id)
    visible = access.visible_referrals(system_viewer(practice_id))
    for row in _rows(visible, Referral, ids, Referral.patient, Referral.referrer):
        office = row.referrer.name if row.referrer else None
        texts = (row.patient.given_name, row.patient.family_name, row.referred_by, office)
        secret = [term(word) for word in worth_keeping(row.reason)]
        yield row.id, [*plain(SearchKind.REFERRAL, practice_id, texts), *secret]


def _rows(visible: Select[Any], table: type[Any], ids: Sequence[UUID], *with_: Any) -> list[Any]:
    wanted = visible.where(table.id.in_(ids)).options(*map(joinedload, with_))
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)))


_READERS: dict[SearchKind, Callable[[UUID, Sequence[UUID]], Read]] = {
    SearchKind.PATIENT: _patients,
    SearchKind.MESSAGE: _messages,
    SearchKind.TASK: _tasks,
    SearchKind.REFERRAL: _referrals,
    SearchKind.NOTE: _notes,
}
