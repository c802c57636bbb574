"""`flask user create`: a member of staff who may sign in."""

import re
import sys

import click
from flask import Flask
from flask.cli import AppGroup

from app.actions import users
from app.cli.choices import find_practice
from app.cli.plain_errors import plainly, read_secret_line
from app.core.clock import db_now
from app.core.db import transaction
from app.models.event import SYSTEM
from app.models.user import Role

group = AppGroup("user", help="Members of staff.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("create")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option("--email", required=True, help="What they sign in with.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
@click.option("--name", help="Their name (default: made from the e-mail).")
def create_command(
    slug: str, email: str, role: str, password_stdin: bool, name: str | None
) -> None:
    """Create a member of staff."""
    with plainly():
        find_practice(slug)  # say so before anybody types a password
    password = _password(password_stdin)
    with plainly(), transaction():
        practice = find_practice(slug)
        users.create(
            practice, email, name or _name_from(email), Role(role), password, by=SYSTEM, at=db_now()
        )
    click.echo(f"{email.strip().lower()} may now sign in to {slug} as {role}.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return read_secret_line("password")
    if not sys.stdin.isatty():
        raise click.UsageError("Give the password on standard input with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _name_from(email: str) -> str:
    """ana.alvarez@example.org → Ana Alvarez"""
    words = re.split(r"[._+-]+", email.split("@")[0].strip())
    return " ".join(word.capitalize() for word in words if word) or email
