"""`flask mail bounces`: e-mails that came back, from files or a pipe of the mail server."""

from pathlib import Path

import click
from flask import Flask

from app.actions import bounces
from app.cli.group import Commands
from app.core.clock import db_now
from app.core.db import transaction
from messaging.bounces import LARGEST, read

group = Commands("mail", help="E-mails that came back.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("bounces")
@click.argument(
    "files", nargs=-1, required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)  # fmt: skip
def bounces_command(files: tuple[Path, ...]) -> None:
    """Take in e-mails that came back; "-" reads one from the pipe. Others change nothing."""
    ours = 0
    for path in files:
        for bounce in read(_content(path)):
            with transaction():
                ours += bounces.take_in(bounce, at=db_now())
    click.echo(f"{len(files)} read, {ours} of ours came back.")


def _content(path: Path) -> bytes:
    with click.open_file(str(path), "rb") as file:
        return bytes(file.read(LARGEST + 1))
