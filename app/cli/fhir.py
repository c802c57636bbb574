"""`flask fhir import`: FHIR R4 of another system into the practice; and `fhir bulk-run`, an export that was
asked for over `$export`. A worker starts it as a child process; nothing is made in a request."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click
from flask import Flask
from sqlalchemy import Select, select, update
from sqlalchemy.exc import OperationalError

from app import access
from app.actions import bulk_exports, seals
from app.cli.group import Commands
from app.cli.importing import Wish, import_now, wishes
from app.cli.touchpoints import seal_all
from app.core.clock import db_now
from app.core.db import db, snapshot, transaction
from app.core.settings import VAR
from app.exports import fhir
from app.exports.fhir_choice import Choice
from app.exports.period import Period
from app.models.bulk_export import BulkExport
from app.models.patient import Patient
from app.models.run import ImportKind, RunStatus
from app.models.viewer import system_viewer

group = Commands("fhir", help="FHIR R4, in and out.")
#: Before any practice could have written a row.
BEGINNING = date(1970, 1, 1)


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("import")
@click.argument("path", metavar="PATH", type=click.Path(exists=True, path_type=Path))
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@wishes
def import_command(path: Path, slug: str, preview: bool, all_or_nothing: bool) -> None:
    """Create or update what PATH holds: a Bundle, NDJSON, or a folder of them."""
    import_now(path, slug, ImportKind.FHIR, Wish(preview, all_or_nothing))


@group.command("bulk-run")
@click.argument("practice_id", type=click.UUID)
@click.argument("run_id", type=click.UUID)
def bulk_run_command(practice_id: UUID, run_id: UUID) -> None:
    """Make the files of one export. Started by a worker as a child process."""
    viewer = system_viewer(practice_id)
    practice = access.practice_of(viewer)
    run = db.session.get_one(BulkExport, (practice_id, run_id))
    if not run.is_busy:
        return
    seal_all(practice_id)
    folder = bulk_exports.folder_of(VAR, run)
    with transaction():
        at = db_now()
        run.status, run.path, run.transaction_time = RunStatus.RUNNING, str(folder), at
    today = at.astimezone(ZoneInfo(practice.time_zone)).date()
    period = Period(BEGINNING, today, practice.time_zone, seals.head_of(practice_id).seq)
    try:
        choice, watch = _choice(run, today), _told(run)
        with snapshot():
            package = fhir.write(
                viewer, practice, period, folder=folder, choice=choice, watch=watch
            )
    except Exception as error:
        with transaction():
            bulk_exports.fail(run, error, at=db_now())
        raise
    with transaction():
        run.done = sum(package.counts.values())
        output = [{"type": kind, "name": f"{kind}.ndjson", "count": count}
                  for kind, count in sorted(package.counts.items())]  # fmt: skip
        bulk_exports.finish(run, output, at=db_now())


def _choice(run: BulkExport, today: date) -> Choice:
    """What the caller asked for; it leaves the practice today, whoever the caller is."""
    kinds = frozenset(run.types) or None
    return Choice(
        run.is_named, _people(run), kinds, run.since, with_rates=False, leaves_on=today, with_words=False
    )  # fmt: skip


def _people(run: BulkExport) -> Select[UUID] | None:
    """The patients of the group, and whoever was merged into them."""
    if run.group_id is None:
        return None
    mine = (Patient.practice_id == run.practice_id, Patient.care_team_id == run.group_id)
    return select(Patient.id).where(*mine)


def _told(run: BulkExport) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """Notes how many rows went by, over a second connection: the export reads in its own snapshot."""
    mine = (BulkExport.practice_id == run.practice_id, BulkExport.id == run.id)

    def tell(rows: Iterable[Any]) -> Iterable[Any]:
        for number, row in enumerate(rows, start=1):
            if number % 1000 == 0:
                writing = db.engine.execution_options(touchline_writing=True)
                with suppress(OperationalError), writing.begin() as connection:
                    connection.execute(update(BulkExport).where(*mine).values(done=number))
            yield row

    return tell
