"""`flask practice create`: a practice with its first line and the shipped protocols."""

import click
from flask import Flask
from flask.cli import AppGroup

from app.actions import practices
from app.actions.practices import LineDetails, PracticeDetails
from app.cli.plain_errors import plainly, read_secret_line
from app.core.clock import db_now
from app.core.db import transaction
from app.models.event import SYSTEM

group = AppGroup("practice", help="Practices.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("create")
@click.option("--name", required=True, help="As patients know it.")
@click.option("--slug", required=True, help="Short name for commands, like harbor-clinic.")
@click.option("--time-zone", required=True, help="Where it is, like America/Los_Angeles.")
@click.option("--line", required=True, metavar="+1…", help="The number it texts from.")
@click.option(
    "--segments-per-second", type=click.FloatRange(min=0, min_open=True), default=1.0,
    help="How fast the line may send (default 1).",
)  # fmt: skip
@click.option(
    "--account-sid", help="Its own carrier account; without it the environment's is used."
)
@click.option("--auth-token-stdin", is_flag=True, help="Read that account's token from stdin.")
@click.option("--phone", help="The number where a person answers, shown in texts.")
@click.option(
    "--invented", is_flag=True, help="An invented practice: the sandbox carrier may serve it."
)
def create_command(
    name: str,
    slug: str,
    time_zone: str,
    line: str,
    segments_per_second: float,
    account_sid: str | None,
    auth_token_stdin: bool,
    phone: str | None,
    invented: bool,
) -> None:
    """Create a practice with the number it texts from."""
    if auth_token_stdin is not bool(account_sid):
        raise click.UsageError("--account-sid and --auth-token-stdin belong together.")
    token = read_secret_line("account's token") if auth_token_stdin else None
    line_details = LineDetails(
        account_sid=account_sid, auth_token=token, segments_per_second=segments_per_second
    )
    details = PracticeDetails(phone=phone, is_invented=invented)
    with plainly(), transaction():
        practice = practices.create(
            name,
            slug,
            time_zone,
            line,
            by=SYSTEM,
            at=db_now(),
            line_details=line_details,
            **details,
        )
        practice_id = practice.id
    click.echo(f"Practice {slug} was created ({practice_id}).")
