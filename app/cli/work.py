"""`flask work import`: appointments, orders, referrals and tasks of another system into the practice."""

from pathlib import Path

from flask import Flask
from flask.cli import AppGroup

from app.cli.importing import Wish, import_now, of_a_csv
from app.models.run import ImportKind

group = AppGroup("work", help="Work that other systems send.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("import")
@of_a_csv
def import_command(path: Path, slug: str, preview: bool, all_or_nothing: bool) -> None:
    """Create, update or cancel the work in FILE.csv and report every line that was refused."""
    import_now(path, slug, ImportKind.WORK, Wish(preview, all_or_nothing))
