"""`flask doctor`: is everything in place for texts to go out and come in? Each check says what to do."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

import click
from flask import Flask
from flask.cli import with_appcontext

from app.actions.doctor import agreement, lines, machine, reach, server
from app.actions.doctor.finding import Finding, Level, made
from app.cli import recoveries
from app.cli.plain_errors import plainly
from app.core.clock import db_now

MARKS = {Level.OK: "ok  ", Level.WARN: "warn", Level.BAD: "FAIL"}


def register(app: Flask) -> None:
    app.cli.add_command(doctor)


@click.command("doctor")
@click.option(
    "--reconcile",
    is_flag=True,
    help="After a restore: fill in what the carrier has, then send again.",
)
@click.option(
    "--lag",
    default=60,
    type=click.IntRange(min=0),
    show_default=True,
    help="Seconds by which the carrier's list may be behind.",
)
@with_appcontext
def doctor(reconcile: bool, lag: int) -> None:
    """Check settings, database, migrations, lines, carrier, worker and clock; exit 1 if one is not well."""
    if reconcile:
        with plainly():
            recoveries.reconcile_all(lag=timedelta(seconds=lag))
        return
    sick = 0
    for finding in findings():
        click.echo(f"{MARKS[finding.level]} {finding.what}: {finding.said}")
        if finding.level is not Level.OK:
            click.echo(f"     {finding.advice}")
            for where, address in finding.paste:
                click.echo(f"     {where}: {address}")
        sick += not finding.is_well
    if sick:
        raise click.ClickException(f"{sick} of the checks failed.")


def findings() -> Iterator[Finding]:
    """Every check in order; without a database the later ones make no sense and are left out."""
    yield from server.check_settings()
    found = list(server.check_database())
    yield from found
    if not all(each.is_well for each in found):
        return
    yield from server.check_clock()
    at = db_now()
    checks: tuple[Callable[[datetime], Iterable[Finding]], ...] = (
        lines.check_lines, lines.check_lost_texts, agreement.check_agreement, server.check_search,
        server.check_worker, machine.check_redis, machine.check_disk, machine.check_folders,
        machine.check_backup, machine.check_owner, machine.check_ledger, reach.check_https, reach.check_mail,
    )  # fmt: skip
    for check in checks:
        yield from made(check.__name__.removeprefix("check_"), partial(check, at))
