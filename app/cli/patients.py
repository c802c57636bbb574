"""`flask patients import`: a panel file into the practice, with a report of every line that was refused;
and `patients import-run`, the same for a file that was uploaded on a page (a worker starts it)."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import select

from app import access
from app.actions import imports
from app.actions.import_file import BadFile, PanelFile
from app.cli.choices import find_practice
from app.cli.plain_errors import plainly
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.run import ImportProblem, ImportRun
from app.models.viewer import system_viewer

group = AppGroup("patients", help="Patients of a practice.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("import")
@click.argument(
    "path", metavar="FILE.csv", type=click.Path(dir_okay=False, exists=True, path_type=Path)
)
@click.option("--practice", "slug", required=True, help="The practice's slug.")
def import_command(path: Path, slug: str) -> None:
    """Create or update the patients of FILE.csv and report every line that was refused."""
    with plainly():
        practice = find_practice(slug)
        file = PanelFile(path)
    with transaction():
        # Begun at once and without a path: no worker takes it, and the file stays where it is.
        run = imports.ask(practice, path.name, None, by=SYSTEM, at=db_now())
        imports.begin(run, file, at=db_now())
    work(run, practice, file, told=_show_progress)
    for problem in problems_of(run):
        column = f"{problem.field}: " if problem.field else ""
        click.echo(f"line {problem.line}: {column}{problem.reason}")
    click.echo(
        f"{run.total} lines: {run.created} created, {run.updated} updated, "
        f"{run.unchanged} unchanged, {run.refused} refused."
    )


@group.command("import-run")
@click.argument("practice_id", type=click.UUID)
@click.argument("run_id", type=click.UUID)
def import_run_command(practice_id: UUID, run_id: UUID) -> None:
    """Do an import that was asked for on a page. Started by a worker as a child process."""
    viewer = system_viewer(practice_id)
    run = access.import_for(viewer, run_id)
    upload = Path(run.path or "a-file-that-is-gone")
    try:
        work(run, access.practice_of(viewer), PanelFile(upload))
    except Exception as error:
        known = isinstance(error, BadFile)
        why = (
            error.person_text
            if isinstance(error, BadFile)
            else "The import broke off. Start it again."
        )
        with transaction():
            imports.fail(run, why, at=db_now())
        if not known:
            raise
    if upload.is_file():
        upload.unlink()


def work(
    run: ImportRun,
    practice: Practice,
    file: PanelFile,
    told: Callable[[ImportRun], None] = lambda _run: None,
) -> None:
    """The whole file in short transactions; a run that was cut short goes on where it stopped."""
    at = db_now()
    taken, lines = imports.Taken(), file.lines()
    imports.pass_over(islice(lines, run.done), practice, taken, at=at)
    with transaction():
        imports.begin(run, file, at=at)
    while batch := list(islice(lines, imports.BATCH)):
        with transaction():
            imports.take(run, practice, batch, taken, at=db_now())
        told(run)
    with transaction():
        imports.finish(run, at=db_now())


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
