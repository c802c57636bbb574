"""Taking back the whole of an import: whether anything stands in the way, and each record as it was before.
Nothing that somebody else has seen or done since is taken back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, union
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from app.actions import import_undo_rows, imports
from app.actions.import_undo_rows import NEVER_LEFT
from app.core.db import db, savepoint
from app.core.errors import Conflict, Invalid
from app.core.log import logger
from app.models.event import Event, record
from app.models.import_row import ImportRow
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.run import ImportPhase, ImportProblem, ImportRun, RunStatus
from app.models.task import Task

BATCH = 200
log = logger("imports")


def in_the_way(run: ImportRun) -> list[str]:
    """Sentences that say why this import cannot be taken back; none when it can. Four statements."""
    found = [
        (_texts(run), "{} about its records left or came in.", ("text", "texts")),
        (_acts(run), "{} by people on its records since.", ("change", "changes")),
        (_later(run), "{} changed its records. Take that back first.",
         ("later import", "later imports")),
    ]  # fmt: skip
    return [
        words.format(f"{many} {one if many == 1 else several}")
        for statement, words, (one, several) in found
        if (many := db.session.scalar(statement) or 0)
    ]


def take_back(run: ImportRun, practice: Practice, *, at: datetime) -> int:
    """Take back the next batch, the newest first; returns how many there were. What cannot be is reported.

    It may have waited for a worker: what stands in the way by now stops it before the first one.
    """
    if run.phase is ImportPhase.UNDO and run.done == 0:
        if found := in_the_way(run):
            _stop(run, found, at=at)
            return 0
        forget_problems(run)  # from here on they are those of the undo
        run.refused = 0
    rows = db.session.scalars(
        select(ImportRow)
        .where(_of(run), ImportRow.undone_at.is_(None))
        .order_by(ImportRow.id.desc())
        .limit(BATCH)
    ).all()
    _take_back(run, practice, rows, at=at)
    run.done += len(rows)
    run.lease_until = at + imports.LEASE
    return len(rows)


def _stop(run: ImportRun, found: list[str], *, at: datetime) -> None:
    """It stays as it went in, and its page says why."""
    run.phase, run.status, run.finished_at, run.lease_until = (
        ImportPhase.COMMIT, RunStatus.DONE, at, None
    )  # fmt: skip
    run.done, run.in_the_way = run.total or 0, found


def forget_problems(run: ImportRun) -> None:
    db.session.execute(
        delete(ImportProblem).where(
            ImportProblem.practice_id == run.practice_id, ImportProblem.run_id == run.id
        )
    )


def finish(run: ImportRun, *, at: datetime) -> None:
    run.status, run.finished_at, run.lease_until = RunStatus.UNDONE, at, None
    record(run, "import.undone", by=imports.actor_of(run), at=at, records=run.done)


def _take_back(
    run: ImportRun, practice: Practice, rows: Sequence[ImportRow], *, at: datetime
) -> None:
    by = imports.actor_of(run)
    for row in rows:
        try:
            with savepoint():
                import_undo_rows.take_back(practice, row, by=by, at=at)
                db.session.flush()
                if db.session.scalar(_acts_meanwhile(row, at=at)) is not None:
                    raise Conflict("Somebody has changed it since. It stays.")
        except OperationalError:
            raise
        except (Invalid, Conflict) as problem:
            imports.refuse(run, row.line, [problem])
        except Exception:
            log.exception("an import's record is not taken back", run=str(run.id), line=row.line)
            imports.refuse(run, row.line, [Invalid("This could not be taken back. It stays.")])
        row.undone_at = at


def _of(run: ImportRun) -> ColumnElement[bool]:
    return and_(ImportRow.practice_id == run.practice_id, ImportRow.run_id == run.id)


def _subjects(run: ImportRun, kind: str, *, made: bool = False) -> Select[Any]:
    """The ids of this kind that the import touched, or only those it made."""
    found = select(ImportRow.subject_id).where(_of(run), ImportRow.subject_type == kind)
    return found.where(ImportRow.before.is_(None)) if made else found


def _texts(run: ImportRun) -> Select[Any]:
    tasks = _subjects(run, Task.__tablename__)
    people = _subjects(run, Patient.__tablename__, made=True)
    return select(func.count()).where(
        Message.practice_id == run.practice_id,
        or_(Message.task_id.in_(tasks), Message.patient_id.in_(people)),
        Message.status.not_in(NEVER_LEFT),
        Message.created_at >= run.created_at,
    )


def _acts(run: ImportRun) -> Select[Any]:
    """What people, patients and partners did on a record after the import had touched it."""
    is_new = and_(ImportRow.subject_type == Patient.__tablename__, ImportRow.before.is_(None))
    ways = union(
        _acts_on(run.practice_id, run.id, Event.subject_id == ImportRow.subject_id),
        _acts_on(run.practice_id, run.id, and_(Event.patient_id == ImportRow.subject_id, is_new)),
    )
    return select(func.count()).select_from(ways.subquery())


def _acts_on(practice_id: UUID, run_id: UUID, same: ColumnElement[bool]) -> Select[Any]:
    """Those found by `same`, but for what other imports did: they are told apart, by `_later`."""
    other = aliased(ImportRow)
    by_import = exists().where(
        other.practice_id == Event.practice_id,
        other.subject_id == Event.subject_id,
        or_(other.at == Event.at, other.undone_at == Event.at),
    )
    return (
        select(Event.id)
        .join(ImportRow, and_(ImportRow.practice_id == Event.practice_id, same))
        .where(ImportRow.practice_id == practice_id, ImportRow.run_id == run_id)
        .where(Event.at > ImportRow.at, Event.actor_kind != "system", ~by_import)
    )


def _acts_meanwhile(row: ImportRow, *, at: datetime) -> Select[Any]:
    """What people did on one record, asked once it is locked; but for what this undo did itself."""
    mine = aliased(ImportRow)
    undone = select(mine.undone_at).where(
        mine.practice_id == row.practice_id, mine.run_id == row.run_id, mine.undone_at == Event.at
    )
    is_new = row.subject_type == Patient.__tablename__ and row.before is None
    same = Event.subject_id == row.subject_id
    theirs = or_(same, Event.patient_id == row.subject_id) if is_new else same
    found = _acts_on(row.practice_id, row.run_id, and_(theirs, ImportRow.id == row.id))
    return found.where(Event.at != at, ~undone.exists()).limit(1)


def _later(run: ImportRun) -> Select[Any]:
    mine = select(ImportRow.subject_id).where(_of(run))
    return select(func.count(ImportRow.run_id.distinct())).where(
        ImportRow.practice_id == run.practice_id,
        ImportRow.run_id != run.id,
        ImportRow.id > run.id,
        ImportRow.undone_at.is_(None),
        ImportRow.at >= run.created_at,
        ImportRow.subject_id.in_(mine),
    )
