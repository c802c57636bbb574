"""`flask payers …`: what payers send, from files: lists of members and reports of the practice."""

from pathlib import Path
from zoneinfo import ZoneInfo

import click
from flask import Flask

from app.actions import payer_reports, rosters
from app.cli.choices import find_practice
from app.cli.group import Commands
from app.core.clock import db_now
from app.core.db import transaction
from app.models.event import SYSTEM
from app.value.fhir_files import NotFhir, Resources, read
from app.value.roster import read_roster

group = Commands("payers", help="What payers send.")
_PRACTICE = click.option("--practice", "slug", required=True, help="The practice's slug.")
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("roster")
@_FILE
@_PRACTICE
@click.option("--payer", required=True, help="As the coverages name it.")
@click.option("--program", default="", help="The programme the list speaks of.")
@click.option("--whole", is_flag=True, help="Who is not on the list is not covered any more.")
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
def roster_command(
    file: Path, slug: str, payer: str, program: str, whole: bool, dry_run: bool
) -> None:
    """Bring coverages up to date by a payer's list of members (a FHIR Group, Da Vinci ATR)."""
    practice, at = find_practice(slug), db_now()
    day = at.astimezone(ZoneInfo(practice.time_zone)).date()
    whose = rosters.From(payer, program, whole)
    try:
        listed = read_roster(_read(file))
        with transaction():
            act = rosters.look if dry_run else rosters.take_in
            report = act(practice, listed, whose, today=day, by=SYSTEM, at=at)
    except NotFhir as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(
        f"{len(report.added)} begin, {len(report.ended)} end, {report.unchanged} stay, "
        f"{len(report.unknown)} not found, {len(report.refused)} refused, "
        f"{len(report.missing)} covered here and not on the list."
    )
    for member in report.unknown:
        click.echo(f"Line {member.place}: nobody found.")
    for member, why in report.refused:
        click.echo(f"Line {member.place}: {why}")


@group.command("report")
@_FILE
@_PRACTICE
@click.option("--payer", default="", help="Who made it, if the report does not say.")
def report_command(file: Path, slug: str, payer: str) -> None:
    """Keep the figures of a payer's report (FHIR MeasureReport, Da Vinci VBPR), apart from our own."""
    practice, found = find_practice(slug), _read(file)
    try:
        with transaction():
            rows = payer_reports.take_in(practice, found, payer=payer, by=SYSTEM, at=db_now())
    except NotFhir as problem:
        raise click.ClickException(str(problem)) from None
    click.echo(f"{len(rows)} figures are kept.")


def _read(file: Path) -> Resources:
    try:
        return read(file.read_bytes())
    except NotFhir as problem:
        raise click.ClickException(f"{file.name}: {problem}") from None
