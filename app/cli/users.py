"""`flask user …`: members of staff: who may sign in, with which password, and who no longer may."""

import re
import sys

import click
from flask import Flask
from flask.cli import AppGroup

from app.actions import staff, users
from app.cli.choices import find_practice
from app.cli.plain_errors import plainly, read_secret_line
from app.core.clock import db_now
from app.core.db import transaction
from app.models import patient_fields
from app.models.event import SYSTEM
from app.models.user import Role
from app.value.npi import is_npi

group = AppGroup("user", help="Members of staff.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("create")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option("--email", required=True, help="What they sign in with.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
@click.option("--name", help="Their name (default: made from the e-mail).")
@click.option(
    "--language",
    "languages",
    multiple=True,
    default=("en",),
    show_default=True,
    help="A language they speak with patients, like es; give it for each.",
)
@click.option("--credential", help="Credential or training as payers read it: RN, MA, CHW, …")
@click.option("--npi", help="Their National Provider Identifier, ten digits.")
def create_command(
    slug: str, email: str, role: str, password_stdin: bool, name: str | None,
    languages: tuple[str, ...], credential: str | None, npi: str | None,
) -> None:  # fmt: skip
    """Create a member of staff."""
    with plainly():
        find_practice(slug)  # say so before anybody types a password
    password = _password(password_stdin)
    with plainly(), transaction():
        practice = find_practice(slug)
        users.create(
            practice, email, name or _name_from(email), Role(role), password, by=SYSTEM,
            at=db_now(), languages=[patient_fields.clean_language(each) for each in languages],
            credential=credential, npi=_npi(npi),
        )  # fmt: skip
    click.echo(f"{email.strip().lower()} may now sign in to {slug} as {role}.")


@group.command("set-password")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option("--email", required=True, help="What they sign in with.")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
def set_password_command(slug: str, email: str, password_stdin: bool) -> None:
    """Give a member of staff a new password; their open sessions end."""
    with plainly():
        users.find(find_practice(slug), email)
    password = _password(password_stdin)
    with plainly(), transaction():
        user = users.find(find_practice(slug), email)
        users.set_password(user, password, by=SYSTEM, at=db_now())
    click.echo(f"{email.strip().lower()} has a new password.")


@group.command("disable")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option("--email", required=True, help="What they sign in with.")
def disable_command(slug: str, email: str) -> None:
    """Keep a member of staff out; their open sessions end at once, their open work goes to the pools."""
    with plainly(), transaction():
        staff.disable(users.find(find_practice(slug), email), None, by=SYSTEM, at=db_now())
    click.echo(f"{email.strip().lower()} can no longer enter {slug}.")


@group.command("enable")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option("--email", required=True, help="What they sign in with.")
def enable_command(slug: str, email: str) -> None:
    """Let a disabled member of staff in again."""
    with plainly(), transaction():
        staff.enable(users.find(find_practice(slug), email), by=SYSTEM, at=db_now())
    click.echo(f"{email.strip().lower()} may enter {slug} again.")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return read_secret_line("password")
    if not sys.stdin.isatty():
        raise click.UsageError("Give the password on standard input with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _npi(given: str | None) -> str | None:
    if given is not None and not is_npi(given):
        raise click.BadParameter("An NPI has ten digits, the last one a check digit.",
                                 param_hint="--npi")  # fmt: skip
    return given


def _name_from(email: str) -> str:
    """ana.alvarez@example.org → Ana Alvarez"""
    words = re.split(r"[._+-]+", email.split("@")[0].strip())
    return " ".join(word.capitalize() for word in words if word) or email
