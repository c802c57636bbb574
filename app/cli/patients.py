"""`flask patients import`: a panel file into the practice, with a report of every line that was refused;
and `patients import-run`, any import that was asked for on a page (a worker starts it)."""

from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup

from app import access
from app.actions import imports
from app.actions.import_file import BadFile
from app.cli.importing import import_now, work
from app.core.clock import db_now
from app.core.db import transaction
from app.models.run import ImportKind
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
    import_now(path, slug, ImportKind.PANEL)


@group.command("import-run")
@click.argument("practice_id", type=click.UUID)
@click.argument("run_id", type=click.UUID)
def import_run_command(practice_id: UUID, run_id: UUID) -> None:
    """Do an import that was asked for on a page. Started by a worker as a child process."""
    viewer = system_viewer(practice_id)
    run = access.import_for(viewer, run_id)
    upload = Path(run.path or "a-file-that-is-gone")
    try:
        work(run, access.practice_of(viewer), imports.KINDS[run.kind].open(upload))
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
