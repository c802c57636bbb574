"""`flask touchpoints export`: the ledger of a period as files with a signed manifest."""

import getpass
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app import access
from app.actions import checkpoints, export_checks, exports, seals
from app.cli.choices import find_practice
from app.cli.group import Commands
from app.core.clock import db_now
from app.core.db import db, snapshot, transaction
from app.core.ids import parse_id
from app.core.settings import VAR
from app.exports import evidence
from app.exports.purposes import BASES, PURPOSES
from app.exports.touchpoints import FORMATS, export
from app.exports.wanted import count
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.run import ExportRun, RunStatus
from app.models.viewer import Viewer, system_viewer

group = Commands("touchpoints", help="The touchpoint ledger.")
DAY = click.DateTime(["%Y-%m-%d"])
SEQ = click.IntRange(min=0)
ASKABLE = [key for key, each in PURPOSES.items() if not each.of_a_sample]


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
@click.option(
    "--purpose",
    type=click.Choice([key for key, each in PURPOSES.items() if not each.of_a_sample]),
    default="internal",
)
@click.option("--payer", default="", help="Whose rows (purpose payer).")
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
            at=db_now(), operator=_operator(), **asked,
        )  # fmt: skip
        exports.wanted_of(run, practice, head=seals.head_of(practice.id).seq, at=db_now())
    made = _make(run, practice, viewer, out, operator=_operator())
    click.echo(f"{made['rows']} rows in {out}, sealed as of {made['as_of_seq']}.")


@group.command("evidence")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option(
    "--ids", "ids_file", required=True, type=click.File(), help="Touchpoint ids, one per line."
)
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--reason", required=True, help="Which audit, and who asked.")
@click.option("--basis", type=click.Choice(list(BASES)), default="law", help="The legal basis.")
@click.option("--as-of", "as_of_seq", type=SEQ, help="Place in the chain (default: its end).")
def evidence_command(
    slug: str, ids_file: IO[str], out: Path, reason: str, basis: str, as_of_seq: int | None
) -> None:
    """Write an auditor's sample: each row with its words, delivery, consent, attestations and corrections."""
    practice = find_practice(slug)
    viewer, ids = system_viewer(practice.id), _ids(ids_file)
    seal_all(practice.id)
    at = db_now()
    day = at.astimezone(ZoneInfo(practice.time_zone)).date()
    with transaction():
        run = exports.ask_at_once(
            practice, from_on=day, to_on=day, file_format="jsonl", by=viewer, at=at,
            purpose="evidence", reason=reason, basis=basis, as_of_seq=as_of_seq, operator=_operator(),
        )  # fmt: skip
    made = _make(run, practice, viewer, out, ids=ids, operator=_operator())
    click.echo(f"{made['rows']} of {len(ids)} rows with their evidence in {out}.")


def _ids(file: IO[str]) -> tuple[UUID, ...]:
    """The ids of a file, one per line. Raises ClickException naming the first odd line."""
    found = []
    for number, line in enumerate(file, start=1):
        row_id = parse_id(line.strip())
        if row_id is None and line.strip():
            raise click.ClickException(f"Line {number} is not the id of a touchpoint.")
        found += [row_id] if row_id else []
    if not 0 < len(found) <= evidence.MOST:
        raise click.ClickException(f"A sample has 1 to {evidence.MOST} rows.")
    return tuple(dict.fromkeys(found))


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


def _make(
    run: ExportRun, practice: Practice, viewer: Viewer, folder: Path, ids: tuple[UUID, ...] = (),
    operator: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write the files, and how it went. An operator at the terminal sees how far it is."""
    try:
        head = seals.head_of(practice.id).seq
        wanted = exports.wanted_of(run, practice, head=head, at=db_now(), ids=ids)
        with transaction():
            run.status, run.path = RunStatus.RUNNING, str(folder)
            run.total = count(viewer, wanted)
        tell, at, file_format = _told(run, aloud=operator is not None), db_now(), run.format
        with snapshot():
            made = export(
                viewer, practice, wanted, file_format=file_format, folder=folder, at=at, progress=tell
            )  # fmt: skip
    except Exception as error:
        with transaction():
            exports.record_failed(run, error, at=db_now())
        raise
    with transaction():
        exports.record_made(run, wanted, by=viewer, at=db_now(), made=made, operator=operator)
    found = export_checks.check(run, at=db_now(), seconds=None)
    with transaction():
        export_checks.note(run, found, by=SYSTEM, at=db_now())
    return made


def _operator() -> str:
    """Who sits at the terminal, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _told(run: ExportRun, *, aloud: bool) -> Callable[[int], None]:
    """Progress of a run. The export reads in its own snapshot, so this writes over a second connection;
    a busy database only makes the page hear of it a little later."""
    statement = update(ExportRun).where(
        ExportRun.practice_id == run.practice_id, ExportRun.id == run.id
    )

    total = f"{run.total:,}"

    def tell(done: int) -> None:
        if aloud:
            click.echo(f"{done:,} of {total} rows", err=True)
        writing = db.engine.execution_options(touchline_writing=True)
        with suppress(OperationalError), writing.begin() as connection:
            connection.execute(statement.values(done=done))

    return tell
