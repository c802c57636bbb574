"""`flask db …`: migrations by Alembic, run as the owner of the tables."""

import click
from flask import Flask
from flask.cli import AppGroup

from app.core.db import db
from app.core.schema import alembic_config as alembic_config
from app.core.schema import seen_by

group = AppGroup("db", help="Create and migrate the database.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the database to the newest schema (or to REVISION)."""
    from alembic import command  # heavy, and only these commands need it

    config, ran = alembic_config(), list[tuple[str, str]]()
    config.attributes["ran"] = ran
    command.upgrade(config, revision)
    for number, what in ran:
        click.echo(f"  {number} {what}")
    click.echo("The database is up to date.")


@group.command("schema")
def schema() -> None:
    """Print the migration this database has come to."""
    click.echo(seen_by(db.engine) or "none")


@group.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Go back to REVISION."""
    from alembic import command

    command.downgrade(alembic_config(), revision)


@group.command("check")
def check() -> None:
    """Fail when the models and the migrations differ."""
    from alembic import command

    command.check(alembic_config())


@group.command("revision")
@click.option("-m", "--message", required=True, help="What the migration does, in plain words.")
def revision(message: str) -> None:
    """Write a new migration from the difference between models and database."""
    from alembic import command

    command.revision(alembic_config(), message=message, autogenerate=True)
