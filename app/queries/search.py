"""Finding anything: patients, messages, notes, tasks and referrals with every word somebody typed, of what
the viewer may see. A constant number of statements; each group says how many it holds, up to a limit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import and_
from sqlalchemy.orm import joinedload

from app.access import (
    seen,
    visible_patients,
    visible_referrals,
    visible_tasks,
)
from app.core.db import db
from app.core.folding import runs
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.search_entry import SearchKind
from app.models.search_terms import Wanted, groups, wanted
from app.models.task import Task
from app.models.viewer import Viewer
from app.queries.patient_search import BY_NAME, clean_search
from app.queries.search_match import Groups, found_by
from app.queries.search_texts import MESSAGES, NOTES, Texts, read_through, threads_of

#: Of each kind on the page of everything, and on a kind's own page.
FEW, MOST = 5, 50


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    kind: SearchKind
    rows: list[Any]
    #: How many more there are than `rows`; with `is_open_ended` at least so many.
    more: int = 0
    is_open_ended: bool = False
    #: Patient → their best phone, for groups of patients.
    phones: dict[UUID, list[str]] = field(default_factory=dict)
    #: Conversation by its id, for groups of messages and notes.
    threads: dict[UUID, Conversation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    wanted: Wanted
    groups: list[Group]

    @property
    def is_empty(self) -> bool:
        return not any(group.rows for group in self.groups)


def find(viewer: Viewer, q: str, *, only: SearchKind | None = None) -> Found:
    """What the viewer may see of what `q` means; `only` one kind, then more of it."""
    asked = wanted(clean_search(q))
    if not asked.is_enough:
        return Found(asked, [])
    shown = MOST if only else FEW
    kinds = [only] if only else list(SearchKind)
    found = Found(asked, [_FINDERS[kind](viewer, asked, shown) for kind in kinds])
    _note_seen(viewer, found)
    return found


def patients_like(viewer: Viewer, q: str, *, limit: int) -> list[Patient]:
    """The first few patients with every word of `q`, by name: for where there is room for a few."""
    asked = wanted(clean_search(q))
    if not asked.is_enough:
        return []
    return _of_patients(viewer, asked, limit)[:limit]


def _of_patients(viewer: Viewer, asked: Wanted, limit: int) -> list[Patient]:
    kind = SearchKind.PATIENT
    visible = visible_patients(viewer).where(Patient.merged_into_id.is_(None))
    statement = found_by(visible, Patient, kind, _plain(viewer, kind, asked))
    return list(db.session.scalars(statement.order_by(*BY_NAME).limit(limit + 1)))


def _patients(viewer: Viewer, asked: Wanted, shown: int) -> Group:
    rows = _of_patients(viewer, asked, MOST)
    group = _cut(SearchKind.PATIENT, rows, shown)
    phones: dict[UUID, list[str]] = {}
    for patient_id, e164 in db.session.execute(_phones(viewer, [row.id for row in group.rows])):
        phones.setdefault(patient_id, []).append(e164)
    group.phones.update(phones)
    return group


def _phones(viewer: Viewer, ids: Sequence[UUID]) -> Any:
    return (
        visible_patients(viewer)
        .join(ContactPoint, and_(ContactPoint.practice_id == Patient.practice_id,
                                 ContactPoint.patient_id == Patient.id))
        .join(PhoneNumber, and_(PhoneNumber.practice_id == ContactPoint.practice_id,
                                PhoneNumber.id == ContactPoint.phone_number_id))
        .where(Patient.id.in_(ids), ContactPoint.ended_at.is_(None))
        .order_by(ContactPoint.rank, ContactPoint.created_at)
        .with_only_columns(Patient.id, PhoneNumber.e164)
    )  # fmt: skip


def _tasks(viewer: Viewer, asked: Wanted, shown: int) -> Group:
    kind = SearchKind.TASK
    statement = found_by(visible_tasks(viewer), Task, kind, _plain(viewer, kind, asked))
    order = (Task.completed_at.is_not(None), Task.due_at.desc(), Task.id)
    rows = statement.options(joinedload(Task.patient)).order_by(*order).limit(MOST + 1)
    return _cut(SearchKind.TASK, list(db.session.scalars(rows)), shown)


def _referrals(viewer: Viewer, asked: Wanted, shown: int) -> Group:
    """By their people and offices, or by the words of their reason."""
    kind = SearchKind.REFERRAL
    statement = found_by(visible_referrals(viewer), Referral, kind, _plain(viewer, kind, asked))
    statement = statement.options(joinedload(Referral.patient), joinedload(Referral.referrer))
    rows = db.session.scalars(
        statement.order_by(Referral.received_at.desc(), Referral.id).limit(4 * MOST)
    )
    return _cut(kind, [row for row in rows if _has(_said(row), asked)][: MOST + 1], shown)


def _said(row: Referral) -> str:
    office = row.referrer.name if row.referrer else ""
    return f"{row.patient.name} {row.referred_by or ''} {office} {row.reason}"


def _messages(viewer: Viewer, asked: Wanted, shown: int) -> Group:
    return _texts(viewer, MESSAGES, asked, shown)


def _notes(viewer: Viewer, asked: Wanted, shown: int) -> Group:
    return _texts(viewer, NOTES, asked, shown)


def _texts(viewer: Viewer, texts: Texts, asked: Wanted, shown: int) -> Group:
    """Messages or notes, newest first, with the threads they stand in."""
    most = MOST if shown == MOST else 2 * FEW
    rows, may_be_more = read_through(viewer, texts, asked, most + 1)
    group = _cut(texts.kind, rows, shown, most=most)
    open_ended = group.is_open_ended or may_be_more
    found = Group(texts.kind, group.rows, group.more, is_open_ended=open_ended)
    found.threads.update(threads_of(viewer, found.rows))
    return found


def _has(text: str, asked: Wanted) -> bool:
    """Whether each word begins one of the text's."""
    own = runs(text)
    return all(any(each.startswith(word) for each in own) for word in runs(asked.text))


def _plain(viewer: Viewer, kind: SearchKind, asked: Wanted) -> Groups:
    return groups(kind, viewer.practice_id, asked)


def _cut(kind: SearchKind, rows: list[Any], shown: int, *, most: int = MOST) -> Group:
    there = min(len(rows), most)
    return Group(kind, rows[: min(shown, most)], max(there - shown, 0), len(rows) > most)


def _note_seen(viewer: Viewer, found: Found) -> None:
    for group in found.groups:
        if group.kind is SearchKind.PATIENT:
            ids = {row.id for row in group.rows}
        elif group.threads:
            ids = {thread.patient_id for thread in group.threads.values()}
        else:
            ids = {row.patient_id for row in group.rows}
        seen(viewer, [id_ for id_ in ids if id_ is not None], through="search")


_FINDERS: dict[SearchKind, Callable[[Viewer, Wanted, int], Group]] = {
    SearchKind.PATIENT: _patients,
    SearchKind.MESSAGE: _messages,
    SearchKind.NOTE: _notes,
    SearchKind.TASK: _tasks,
    SearchKind.REFERRAL: _referrals,
}
