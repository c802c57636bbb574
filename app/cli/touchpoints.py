"""`flask touchpoints export`: the ledger of a period as files with a manifest."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app import access
from app.actions import exports, seals
from app.cli.choices import find_practice
from app.cli.group import Commands
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.settings import VAR
from app.exports.rows import Period, count
from app.exports.touchpoints import FORMATS, export
from app.models.run import ExportRun, RunStatus
from app.models.viewer import system_viewer

group = Commands("touchpoints", help="The touchpoint ledger.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


def seal_all(practice_id: UUID) -> None:
    """Seal everything not yet sealed, in short transactions."""
    while True:
        with transaction():
            if seals.seal_next(practice_id, at=db_now()) == 0:
                return


def _day(value: datetime) -> date:
    return value.date()


@group.command("export")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option(
    "--from", "from_on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day."
)
@click.option("--to", "to_on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option("--format", "file_format", type=click.Choice(sorted(FORMATS)), default="csv")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--as-of",
    "as_of_seq",
    type=click.IntRange(min=0),
    help="Place in the chain (default: its end).",
)
def export_command(
    slug: str,
    from_on: datetime,
    to_on: datetime,
    file_format: str,
    out: Path,
    as_of_seq: int | None,
) -> None:
    """Write touchpoints.FORMAT (fhir: one <Type>.ndjson per type) and manifest.json of a period (inclusive
    days of the practice)."""
    practice = find_practice(slug)
    viewer = system_viewer(practice.id)
    seal_all(practice.id)
    head = seals.head_of(practice.id).seq
    if as_of_seq is not None and as_of_seq > head:
        raise click.ClickException(f"The chain ends at {head}; --as-of cannot be past it.")
    period = Period(
        _day(from_on), _day(to_on), practice.time_zone, head if as_of_seq is None else as_of_seq
    )
    made = export(viewer, practice, period, file_format=file_format, folder=out)
    with transaction():
        exports.record_made(practice, period, file_format, by=viewer, at=db_now(), made=made)
    click.echo(f"{made['rows']} rows in {out}, sealed as of {period.as_of_seq}.")


@group.command("export-run")
@click.argument("practice_id", type=click.UUID)
@click.argument("run_id", type=click.UUID)
def export_run_command(practice_id: UUID, run_id: UUID) -> None:
    """Make an export that was asked for on a page. Started by a worker as a child process."""
    viewer = system_viewer(practice_id)
    practice = access.practice_of(viewer)
    run = access.export_for(viewer, run_id)
    seal_all(practice_id)
    head = seals.head_of(practice_id).seq
    period = Period(run.from_on, run.to_on, practice.time_zone, head)
    folder = exports.folder_of(VAR, run)
    with transaction():
        run.status, run.path = RunStatus.RUNNING, str(folder)
        run.total = count(viewer, period)
    try:
        made = export(
            viewer, practice, period, file_format=run.format, folder=folder, progress=_told(run)
        )
    except Exception as error:
        with transaction():
            exports.record_failed(run, error, at=db_now())
        raise
    with transaction():
        exports.record_made(
            practice, period, run.format, by=viewer, at=db_now(), run=run, made=made
        )


def _told(run: ExportRun) -> Callable[[int], None]:
    """Progress of a run. The export reads in its own snapshot, so this writes over a second connection;
    a busy database only makes the page hear of it a little later."""
    statement = update(ExportRun).where(
        ExportRun.practice_id == run.practice_id, ExportRun.id == run.id
    )

    def tell(done: int) -> None:
        writing = db.engine.execution_options(touchline_writing=True)
        with suppress(OperationalError), writing.begin() as connection:
            connection.execute(statement.values(done=done))

    return tell
