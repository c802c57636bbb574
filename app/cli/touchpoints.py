"""`flask touchpoints export`: the ledger of a period as files with a signed manifest."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app import access
from app.actions import checkpoints, exports, seals
from app.cli.choices import find_practice
from app.cli.group import Commands
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.settings import VAR
from app.exports.purposes import BASES, PURPOSES
from app.exports.touchpoints import FORMATS, export
from app.exports.wanted import count
from app.models.practice import Practice
from app.models.run import ExportRun, RunStatus
from app.models.viewer import Viewer, system_viewer

group = Commands("touchpoints", help="The touchpoint ledger.")
DAY = click.DateTime(["%Y-%m-%d"])
SEQ = click.IntRange(min=0)


def register(app: Flask) -> None:
    app.cli.add_command(group)


def seal_all(practice_id: UUID) -> None:
    """Seal everything not yet sealed, in short transactions, and sign where the chain ends."""
    while True:
        with transaction():
            if seals.seal_next(practice_id, at=db_now()) == 0:
                break
    try:
        checkpoints.write_due(practice_id, at=db_now())
    except checkpoints.BadCheckpoint as error:
        raise click.ClickException(f"Nothing leaves: {error}. Run: flask ledger verify.") from None


@group.command("export")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option("--from", "from_on", required=True, type=DAY, help="First day.")
@click.option("--to", "to_on", required=True, type=DAY, help="Last day.")
@click.option("--format", "file_format", type=click.Choice(FORMATS), default="csv")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--as-of", "as_of_seq", type=SEQ, help="Place in the chain (default: its end).")
@click.option("--purpose", type=click.Choice(list(PURPOSES)), default="internal")
@click.option("--payer", default="", help="Only this payer's rows (purpose payer).")
@click.option("--mrn", default="", help="The patient's record number (purpose patient).")
@click.option(
    "--since", "since_seq", type=SEQ, help="An earlier export's place: list corrections since."
)
@click.option("--reason", default="", help="What it is for; asked when it leaves the practice.")
@click.option(
    "--basis", type=click.Choice(list(BASES)), default="operations", help="The legal basis."
)
def export_command(
    slug: str, from_on: datetime, to_on: datetime, file_format: str, out: Path, **asked: Any
) -> None:
    """Write touchpoints.FORMAT (fhir: one <Type>.ndjson per type) and manifest.json of a period (inclusive
    days of the practice)."""
    practice = find_practice(slug)
    viewer = system_viewer(practice.id)
    seal_all(practice.id)
    with transaction():
        run = exports.ask_at_once(
            practice, from_on=from_on.date(), to_on=to_on.date(), file_format=file_format, by=viewer,
            at=db_now(), **asked,
        )  # fmt: skip
        exports.wanted_of(run, practice, head=seals.head_of(practice.id).seq, at=db_now())
    made = _make(run, practice, viewer, out)
    click.echo(f"{made['rows']} rows in {out}, sealed as of {made['as_of_seq']}.")


@group.command("export-run")
@click.argument("practice_id", type=click.UUID)
@click.argument("run_id", type=click.UUID)
def export_run_command(practice_id: UUID, run_id: UUID) -> None:
    """Make an export that was asked for on a page. Started by a worker as a child process."""
    viewer = system_viewer(practice_id)
    practice = access.practice_of(viewer)
    run = access.export_for(viewer, run_id)
    seal_all(practice_id)
    _make(run, practice, viewer, exports.folder_of(VAR, run))


def _make(run: ExportRun, practice: Practice, viewer: Viewer, folder: Path) -> dict[str, Any]:
    """Write the files, and how it went."""
    try:
        wanted = exports.wanted_of(run, practice, head=seals.head_of(practice.id).seq, at=db_now())
        with transaction():
            run.status, run.path = RunStatus.RUNNING, str(folder)
            run.total = count(viewer, wanted)
        made = export(
            viewer, practice, wanted, file_format=run.format, folder=folder, at=db_now(),
            progress=_told(run),
        )  # fmt: skip
    except Exception as error:
        with transaction():
            exports.record_failed(run, error, at=db_now())
        raise
    with transaction():
        exports.record_made(run, wanted, by=viewer, at=db_now(), made=made)
    return made


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
