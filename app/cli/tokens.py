"""`flask token create` and `flask token revoke`: bearer tokens of the API."""

from uuid import UUID

import click
from flask import Flask
from flask.cli import AppGroup

from app.actions import tokens
from app.cli.choices import find_practice
from app.cli.plain_errors import plainly
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.secret import ApiToken

group = AppGroup("token", help="Tokens of the API.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("create")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option(
    "--scope", "scopes", required=True, multiple=True, metavar="SCOPE",
    help=f"What it may do, once per scope: {', '.join(tokens.SCOPES)}; or {tokens.GROUP}TEAM_ID.",
)  # fmt: skip
@click.option("--name", default="token", help="Who will use it.")
def create_command(slug: str, scopes: tuple[str, ...], name: str) -> None:
    """Create a token. It stands alone on the last line and is not shown again."""
    with plainly(), transaction():
        practice = find_practice(slug)
        token, text = tokens.create(practice, name, scopes, by=SYSTEM, at=db_now())
        token_id = token.id
    click.echo(f"Token {token_id} of {slug} for {', '.join(sorted(set(scopes)))}:")
    click.echo(text)


@group.command("revoke")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.argument("token_id", type=click.UUID)
def revoke_command(slug: str, token_id: UUID) -> None:
    """End a token at once."""
    with plainly(), transaction():
        practice = find_practice(slug)
        token = db.session.get(ApiToken, (practice.id, token_id))
        if token is None:
            raise click.ClickException(f"{slug} has no token {token_id}.")
        tokens.revoke(token, by=SYSTEM, at=db_now())
    click.echo("The token works no more.")
