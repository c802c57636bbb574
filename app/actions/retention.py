"""Keeping the ledger for its time, and deleting what is past it: holds, and the nightly deletion that leaves
signed stubs (T6.9). Nothing younger than the practice keeps, and nothing under a hold, can go."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, or_, select, update

from app.actions.seals import commitments_in
from app.actions.text_erasures import forget_messages
from app.core.columns import Row
from app.core.db import db, insert_into
from app.core.errors import Conflict, Invalid
from app.core.ledger_keys import ring
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.retention import LEAST_YEARS, MOST_YEARS, LegalHold, TouchpointStub, past_its_time
from app.models.touchpoint import (
    Touchpoint,
    TouchpointAttestation,
    TouchpointSeal,
    TouchpointTask,
    TouchpointText,
)
from app.models.work_timer import WorkTimer
from app.queries.ledger import tasks_served, utc_text

BATCH = 200
#: What stands where a message stood.
PAST = "(deleted: the time it is kept is over)"


def keep(practice: Practice, years: int, *, by: Actor, at: datetime) -> bool:
    """How many years rows are kept from now on. While the ledger holds rows it can only be raised.

    Raises Invalid for less than the law asks, and for less than was promised.
    """
    if not LEAST_YEARS <= years <= MOST_YEARS:
        raise Invalid(f"Choose between {LEAST_YEARS} and {MOST_YEARS} years.", field="keep_years")
    before = practice.keep_years
    if years == before:
        return False
    rows = select(Touchpoint.id).where(Touchpoint.practice_id == practice.id).limit(1)
    if years < before and db.session.scalar(rows) is not None:
        raise Invalid(
            f"Rows were written on the promise of {before} years: it can only be raised.",
            field="keep_years",
        )
    practice.keep_years = years
    record(cast("Row", practice), "practice.updated", by=by, at=at,
           changes={"keep_years": {"before": before, "after": years}})  # fmt: skip
    return True


def hold(
    practice: Practice, patient: Patient | None, *, reason: str, by: Actor, at: datetime
) -> LegalHold:
    """Nothing of the patient, or of the whole practice, is deleted from now on. Raises Invalid without a
    reason, Conflict when one stands already."""
    if not reason.strip():
        raise Invalid("Say why: a matter, a letter, who asked.", field="reason")
    patient_id = patient.id if patient else None
    if db.session.scalar(
        _standing(practice.id, LegalHold.patient_id.is_not_distinct_from(patient_id))
    ):
        raise Conflict("There is a hold already.")
    row = LegalHold(
        practice_id=practice.id, patient_id=patient_id, reason=reason.strip()[:500], placed_at=at,
        placed_by_id=by.id if by.kind == "user" else None,
    )  # fmt: skip
    db.session.add(row)
    record(row, "hold.placed", by=by, at=at, patient_id=patient_id)
    return row


def lift(row: LegalHold, *, reason: str, by: Actor, at: datetime) -> None:
    """The hold ends; what is past its time goes the next night. Raises Invalid without a reason."""
    if not reason.strip():
        raise Invalid("Say why the hold ends.", field="reason")
    if row.lifted_at is not None:
        raise Conflict("This hold has ended already.")
    row.lifted_at, row.lift_reason = at, reason.strip()[:500]
    row.lifted_by_id = by.id if by.kind == "user" else None
    record(row, "hold.lifted", by=by, at=at, patient_id=row.patient_id)


def _standing(practice_id: UUID, *which: ColumnElement[bool]) -> Select[UUID]:
    return select(LegalHold.id).where(
        LegalHold.practice_id == practice_id, LegalHold.lifted_at.is_(None), *which
    )


def purge(practice: Practice, *, by: Actor, at: datetime, limit: int = BATCH) -> int:
    """Delete up to `limit` rows whose time is over, their words and messages, and leave their stubs.
    A row and what corrects it go together. Returns how many rows went."""
    oldest = select(Touchpoint).where(past_its_time(practice, at))
    oldest = oldest.order_by(Touchpoint.recorded_at, Touchpoint.id).limit(limit)
    rows = _with_corrections(practice, list(db.session.scalars(oldest)), at=at)
    if not rows:
        return 0
    _leave_stubs(practice, rows, at=at)
    ids = [row.id for row in rows]
    messages = [row.message_id for row in rows if row.message_id]
    forget_messages(practice.id, messages, words=PAST)
    timers = update(WorkTimer).where(
        WorkTimer.practice_id == practice.id, WorkTimer.touchpoint_id.in_(ids)
    )
    db.session.execute(
        timers.values(touchpoint_id=None).execution_options(synchronize_session=False)
    )
    for table in (TouchpointText, TouchpointAttestation, TouchpointTask):
        theirs = (table.practice_id == practice.id, table.touchpoint_id.in_(ids))
        db.session.execute(
            delete(table).where(*theirs).execution_options(synchronize_session=False)
        )
    gone = delete(Touchpoint).where(Touchpoint.practice_id == practice.id, Touchpoint.id.in_(ids))
    db.session.execute(gone.execution_options(synchronize_session=False))
    record(
        cast("Row", practice),
        "ledger.purged",
        by=by,
        at=at,
        rows=len(ids),
        years=practice.keep_years,
    )
    return len(ids)


def _with_corrections(
    practice: Practice, rows: list[Touchpoint], *, at: datetime
) -> list[Touchpoint]:
    """The rows with those they correct and those that correct them: alone, a wrong row would count again."""
    found = {row.id: row for row in rows}
    new = rows
    while new:
        corrected = {row.supersedes_id for row in new if row.supersedes_id}
        near = select(Touchpoint).where(
            past_its_time(practice, at),
            or_(
                Touchpoint.supersedes_id.in_([row.id for row in new]), Touchpoint.id.in_(corrected)
            ),
        )
        new = [row for row in db.session.scalars(near) if row.id not in found]
        found |= {row.id: row for row in new}
    return list(found.values())


def _leave_stubs(practice: Practice, rows: Sequence[Touchpoint], *, at: datetime) -> None:
    """The place of each row in the chain, as it can be checked without the row."""
    ids = [row.id for row in rows]
    served = tasks_served(practice.id, ids)
    seals = select(TouchpointSeal).where(
        TouchpointSeal.practice_id == practice.id, TouchpointSeal.touchpoint_id.in_(ids)
    )
    of_row = {seal.touchpoint_id: seal for seal in db.session.scalars(seals)}
    keys, made = ring(at=at), []
    for row in rows:
        seal = of_row[row.id]
        said = {
            "what": "purged", "practice_id": str(practice.id), "touchpoint_id": str(row.id),
            "seq": seal.seq, "row_hash": seal.row_hash, "recorded_at": utc_text(row.recorded_at),
            "years": practice.keep_years, "purged_at": utc_text(at),
        }  # fmt: skip
        made.append({
            "practice_id": practice.id, "touchpoint_id": row.id, "composition": row.composition,
            "commitments": commitments_in(row, served.get(row.id, []), seal.text_commitment),
            "signed": keys.sign(said), "purged_at": at,
        })  # fmt: skip
    db.session.execute(insert_into(TouchpointStub), made)
