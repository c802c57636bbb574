"""Doing an import, whatever its kind: in short transactions, and going on where a run that was cut short
stopped. Commands do their own; a worker's child does those of pages and folders."""

from collections.abc import Callable, Iterator
from pathlib import Path

import click
from sqlalchemy import select

from app.actions import imports
from app.actions.import_kinds import ImportFile
from app.cli.choices import find_practice
from app.cli.plain_errors import plainly
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.run import ImportKind, ImportProblem, ImportRun

Told = Callable[[ImportRun], None]


def work(
    run: ImportRun, practice: Practice, file: ImportFile, told: Told = lambda _run: None
) -> None:
    """The whole file; a run that was cut short goes on where it stopped."""
    taken, before = imports.Taken(), run.done
    with transaction():
        imports.begin(run, file, at=db_now())
    reached = 0
    for batch in file.batches(imports.BATCH):
        seen = max(min(before - reached, len(batch)), 0)
        reached += len(batch)
        if seen:
            imports.pass_over(run, practice, batch[:seen], taken, at=db_now())
        if seen == len(batch):
            continue
        with transaction():
            imports.take(run, practice, batch[seen:], taken, at=db_now())
        told(run)
    with transaction():
        imports.finish(run, at=db_now())


def import_now(path: Path, slug: str, kind: ImportKind) -> None:
    """Import a file of this machine and say what became of every row that was refused."""
    with plainly():
        practice = find_practice(slug)
        file = imports.KINDS[kind].open(path)
    with transaction():
        # Begun at once and without a path: no worker takes it, and the file stays where it is.
        run = imports.ask(
            practice, path.name, None, by=SYSTEM, at=db_now(), kind=kind, came_by="command"
        )
        imports.begin(run, file, at=db_now())
    work(run, practice, file, told=_show_progress)
    report(run)


def report(run: ImportRun) -> None:
    """Every refused row with its column and what to do, then the counts on the last line."""
    for problem in problems_of(run):
        column = f"{problem.field}: " if problem.field else ""
        click.echo(f"line {problem.line}: {column}{problem.reason}")
    for name, times in sorted((run.passed_over or {}).items()):
        click.echo(f"passed over: {times} {name}")
    click.echo(
        f"{run.total} lines: {run.created} created, {run.updated} updated, "
        f"{run.unchanged} unchanged, {run.refused} refused."
    )


def problems_of(run: ImportRun) -> Iterator[ImportProblem]:
    """What was refused, in the order of the file."""
    yield from db.session.scalars(
        select(ImportProblem)
        .where(ImportProblem.practice_id == run.practice_id, ImportProblem.run_id == run.id)
        .order_by(ImportProblem.line)
        .execution_options(yield_per=500)
    )


def _show_progress(run: ImportRun) -> None:
    click.echo(f"{run.done} of {run.total} lines", err=True)
