"""`flask setup-code`: what the first page of an empty installation asks for."""

import click
from flask import Flask
from flask.cli import with_appcontext

from app.actions import set_up
from app.cli.plain_errors import plainly
from app.core.errors import Conflict


def register(app: Flask) -> None:
    app.cli.add_command(setup_code)


@click.command("setup-code")
@with_appcontext
def setup_code() -> None:
    """Print the code for the set-up in the browser; it opens nothing once there is a practice."""
    with plainly():
        if not set_up.is_open():
            raise Conflict(
                "There is a practice already. Sign in, or: flask --app wsgi user create."
            )
        click.echo(set_up.code())
