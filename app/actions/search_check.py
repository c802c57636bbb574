"""Is the search in step? What waits, what was set aside, and whether samples of what there is are indexed as
they would be today. After another SECRET_KEY the terms of encrypted texts are different: rebuild."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, insert, literal, select, update

from app.actions import search_index
from app.core.db import db, enter_practice
from app.models.conversation import Note
from app.models.message import Message
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.search_entry import SearchDue, SearchEntry, SearchKind
from app.models.task import Task

#: So many of the newest and of the oldest of each kind are looked at.
SAMPLE = 50
RECORDS: dict[SearchKind, type[Any]] = {
    SearchKind.PATIENT: Patient,
    SearchKind.MESSAGE: Message,
    SearchKind.TASK: Task,
    SearchKind.REFERRAL: Referral,
    SearchKind.NOTE: Note,
}


@dataclass(frozen=True, slots=True)
class State:
    """How the index of one practice stands."""

    waiting: int
    set_aside: int
    looked_at: int
    wrong: int

    @property
    def is_well(self) -> bool:
        return not self.wrong and not self.set_aside


def state_of(practice_id: UUID) -> State:
    """Compare samples with what the records say now; what is due anyway does not count as wrong."""
    enter_practice(practice_id)
    waiting, aside = _due(practice_id)
    looked_at = wrong = 0
    for kind in SearchKind:
        ids = _sample(practice_id, kind)
        looked_at += len(ids)
        wrong += _wrong(practice_id, kind, ids)
    return State(waiting, aside, looked_at, wrong)


def make_all_due(practice_id: UUID) -> int:
    """Have every record of the practice indexed anew; those there are found until then as before."""
    made = 0
    again = update(SearchDue).where(SearchDue.practice_id == practice_id)
    db.session.execute(again.values(marks=SearchDue.marks + 1, set_aside_at=None))
    for kind, table in RECORDS.items():
        noted = exists().where(_is(SearchDue, kind, table))
        rows = select(table.practice_id, literal(kind.value), table.id, literal(1)).where(
            table.practice_id == practice_id, ~noted
        )
        columns = ["practice_id", "kind", "subject_id", "marks"]
        done = db.session.execute(insert(SearchDue).from_select(columns, rows))
        made += int(done.rowcount)  # type: ignore[attr-defined]
    return made


def _due(practice_id: UUID) -> tuple[int, int]:
    here = SearchDue.practice_id == practice_id
    counted = select(func.count(), func.count(SearchDue.set_aside_at)).where(here)
    every, aside = db.session.execute(counted).one()
    return every - aside, aside


def _sample(practice_id: UUID, kind: SearchKind) -> list[UUID]:
    table = RECORDS[kind]
    noted = exists().where(_is(SearchDue, kind, table))
    settled = select(table.id).where(table.practice_id == practice_id, ~noted).limit(SAMPLE)
    ids = {*db.session.scalars(settled.order_by(table.id)),
           *db.session.scalars(settled.order_by(table.id.desc()))}  # fmt: skip
    return sorted(ids)


def _wrong(practice_id: UUID, kind: SearchKind, ids: Sequence[UUID]) -> int:
    entries = select(SearchEntry.subject_id, SearchEntry.words).where(
        SearchEntry.practice_id == practice_id,
        SearchEntry.kind == kind,
        SearchEntry.subject_id.in_(ids),
    )
    there = {id_: words for id_, words in db.session.execute(entries)}
    terms = search_index.terms_of(practice_id, kind, ids)
    return sum(there.get(id_, "") != " ".join(terms.get(id_, [])) for id_ in ids)


def _is(due: type[SearchDue], kind: SearchKind, table: type[Any]) -> Any:
    return and_(due.practice_id == table.practice_id, due.kind == kind, due.subject_id == table.id)
