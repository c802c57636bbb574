"""`flask doctor --reconcile`: after a restore each practice is compared with the carrier, and may send again
when that is done. The lists are read with nothing open; what they hold is filled in by short transactions."""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import click
from sqlalchemy import select

from app.actions import recovery
from app.actions.doctor.lines import RECONCILE
from app.actions.reconcile import OVERLAP
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.errors import TouchlineError
from app.core.log import logger
from app.models.practice import Practice
from app.models.task import Task
from messaging.errors import MessagingError

log = logger("recovery")
ADVICE: Final = RECONCILE
BATCH = 100
#: A task has few steps: more rounds than this means that one is due again at once, for ever.
MOST_ROUNDS = 1000
TOLD = (
    ("filled", "came in and filled in"),
    ("matched", "had left and matched"),
    ("unknown", "had left and not on record here (noted, its thread waits for somebody)"),
    ("expired", "too late to be of use (not sent, somebody is told)"),
)


def reconcile_all(*, lag: timedelta) -> None:
    """Compare every restored practice and say what came of it. Raises ClickException when one stays off."""
    practices = [(practice.id, practice.slug) for practice in recovery.waiting()]
    if not practices:
        click.echo("No practice waits for this: none was restored, or all were reconciled.")
    still_off = 0
    for practice_id, slug in practices:
        try:
            counts = _reconcile(practice_id, lag=lag)
        except (TouchlineError, MessagingError) as error:
            why = error.person_text
        except Exception:
            log.exception("a practice could not be reconciled", practice=slug)
            why = "something broke; the log says what."
        else:
            click.echo(f"{slug}: texts leave again.")
            for name, words in TOLD:
                click.echo(f"  {counts[name]:>6} {words}")
            continue
        still_off += 1
        click.echo(f"{slug}: STILL OFF. {why}")
    if still_off:
        raise click.ClickException(f"{still_off} of the practices may not send yet. Try again.")


def _reconcile(practice_id: UUID, *, lag: timedelta) -> Counter[str]:
    """One practice: write what came due, fill in what the carrier has, expire what is late, lift the stop."""
    practice = _enter(practice_id)
    if practice.restored_from is None or practice.restored_at is None:
        return Counter()
    since = practice.restored_from - OVERLAP
    lines = recovery.lines_of(practice)
    if lines:
        _wait_for_list(practice.restored_at + lag - db_now())
    db.session.rollback()
    found = recovery.read(lines, since=since)
    _write_steps(practice_id)
    counts: Counter[str] = Counter()
    for begin in range(0, len(found), BATCH):
        with transaction():
            enter_practice(practice_id)
            counts += recovery.take(found[begin : begin + BATCH], at=db_now())
        click.echo(f"  {min(begin + BATCH, len(found))} of {len(found)} compared", err=True)
    _expire(practice_id, counts)
    with transaction():
        practice = _enter(practice_id, lock=True)
        recovery.lift(practice, counts, at=db_now())
    return counts


def _wait_for_list(left: timedelta) -> None:
    """A text that left just before the loss shows up in the carrier's list a little later."""
    if left > timedelta():
        click.echo(f"Waiting {left.total_seconds():.0f} s for the carrier's list.", err=True)
        time.sleep(left.total_seconds())


def _write_steps(practice_id: UUID) -> None:
    for _ in range(MOST_ROUNDS):
        with transaction():
            enter_practice(practice_id)
            at = db_now()
            due = recovery.due_steps(practice_id, at=at).limit(BATCH)
            tasks: Sequence[Task] = db.session.scalars(due.with_for_update(of=Task)).all()
            recovery.write_steps(tasks, at=at)
        if len(tasks) < BATCH:
            return


def _expire(practice_id: UUID, counts: Counter[str]) -> None:
    while True:
        with transaction():
            enter_practice(practice_id)
            done = recovery.expire_stale(practice_id, at=db_now())
        counts["expired"] += done
        if not done:
            return


def _enter(practice_id: UUID, *, lock: bool = False) -> Practice:
    enter_practice(practice_id)
    found = select(Practice).where(Practice.id == practice_id)
    if lock:
        found = found.with_for_update(of=Practice)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()
