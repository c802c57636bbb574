"""`flask patients import`: a panel file into the practice, with a report of every line that was refused;
and `patients import-run`, any import that was asked for on a page (a worker starts it)."""

from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup

from app import access
from app.cli.importing import Wish, import_now, of_a_csv, work_alone
from app.models.run import ImportKind
from app.models.viewer import system_viewer

group = AppGroup("patients", help="Patients of a practice.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("import")
@of_a_csv
def import_command(path: Path, slug: str, preview: bool, all_or_nothing: bool) -> None:
    """Create or update the patients of FILE.csv and report every line that was refused."""
    import_now(path, slug, ImportKind.PANEL, Wish(preview, all_or_nothing))


@group.command("import-run")
@click.argument("practice_id", type=click.UUID)
@click.argument("run_id", type=click.UUID)
def import_run_command(practice_id: UUID, run_id: UUID) -> None:
    """Do an import that was asked for on a page. Started by a worker as a child process."""
    viewer = system_viewer(practice_id)
    work_alone(access.import_for(viewer, run_id), access.practice_of(viewer))
