"""`flask doctor`: is everything in place for texts to go out and come in? Each check says what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import click
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from app.actions import carrier_queue, search_check
from app.actions.carrier_queue import CarrierQueue
from app.actions.carriers import account_of, carrier_for
from app.actions.undelivered import is_alarm
from app.cli import recoveries
from app.cli.database import alembic_config
from app.cli.plain_errors import plainly
from app.core.clock import db_now
from app.core.crypto import Undecryptable
from app.core.db import db, enter_practice
from app.core.errors import ConfigError
from app.core.settings import current_settings
from app.models.lease import WorkerLease
from app.models.practice import Line, Practice
from app.queries.undelivered import lost_by_practice
from messaging import phone
from messaging.carriers.errors import SendError

CLOCK_TOLERANCE = timedelta(seconds=5)
#: What to do about a line the carrier is done with.
STOPPED = {
    "carrier_trouble": "Most requests get no proper answer. It tries again; see the carrier's status page.",
    "queue_full": "Its queue at the carrier drains by itself; send less at once, or use a faster number.",
    "not_registered": "Register its brand and campaign (A2P 10DLC), then try it again in Settings.",
}
FULL = "Nothing more is handed over until it moves. If that happens often, its pace in Settings is too high."
_LOOK_BACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do when it is not well."""

    what: str
    is_well: bool
    said: str
    advice: str = ""


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
        mark = "ok  " if finding.is_well else "FAIL"
        click.echo(f"{mark} {finding.what}: {finding.said}")
        if not finding.is_well:
            click.echo(f"     {finding.advice}")
            sick += 1
    if sick:
        raise click.ClickException(f"{sick} of the checks failed.")


def findings() -> Iterator[Finding]:
    """Every check in order; without a database the later ones make no sense and are left out."""
    yield from check_settings()
    database = check_database()
    yield database
    if not database.is_well:
        return
    migrations = check_migrations()
    yield migrations
    if not migrations.is_well:
        return
    for check in (check_lines, check_lost_texts, check_search, check_worker, check_clock):
        yield from check()


def check_settings() -> Iterator[Finding]:
    settings = current_settings()
    yield Finding(
        "settings", True, f"carrier {settings.carrier}, public address {settings.public_url}"
    )
    if settings.carrier == "twilio":
        yield Finding(
            "public address", settings.is_https, settings.public_url,
            "Carriers and patients need https: set PUBLIC_URL to the address they call.",
        )  # fmt: skip


def check_database() -> Finding:
    kind = db.engine.dialect.name
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return Finding(
            "database", False, f"{kind} does not answer: {reason}", "Check DATABASE_URL."
        )
    return Finding("database", True, kind)


def check_migrations() -> Finding:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return Finding(
        "migrations", current == head, f"at {current or 'nothing'}, newest is {head}",
        "Run `flask --app wsgi db upgrade`.",
    )  # fmt: skip


def check_lines() -> Iterator[Finding]:
    practices = db.session.scalars(select(Practice).order_by(Practice.slug)).all()
    if not practices:
        yield Finding(
            "practices", False, "there are none", "Run `flask --app wsgi practice create`."
        )
    for practice in practices:
        enter_practice(practice.id)
        try:
            lines = db.session.scalars(
                select(Line).where(Line.practice_id == practice.id, Line.is_active)
            ).all()
        except Undecryptable as error:
            advice = "Put the key that was in use when the line was saved back into DATA_KEYS."
            yield Finding(f"practice {practice.slug}", False, error.person_text, advice)
            continue
        yield from _check_practice(practice, lines)


def _check_practice(practice: Practice, lines: Sequence[Line]) -> Iterator[Finding]:
    name = f"practice {practice.slug}"
    if not lines:
        yield Finding(name, False, "has no line to text from", "Add one on its settings page.")
    if practice.restored_from is not None:
        yield Finding(name, False, "restored from a backup, so nothing leaves", recoveries.ADVICE)
    if not practice.is_sending:
        yield Finding(name, False, "sending is off", "Switch it on on its settings page.")
    there = carrier_queue.read(practice.id, at=db_now())
    for line in lines:
        yield _check_line(f"{name}, line {phone.mask(line.number)}", practice, line, there)


def _check_line(name: str, practice: Practice, line: Line, there: CarrierQueue) -> Finding:
    """Ask the carrier for the line's newest message, so that account and token are really tried."""
    if line.is_stopped(db_now()):
        why = f"stopped by the carrier ({line.stopped_why}) until {line.stopped_until:%Y-%m-%d %H:%M} UTC"
        return Finding(name, False, why, STOPPED.get(line.stopped_why or "", ""))
    waits = f"{there.of(line)} segments of ours wait in its queue"
    if there.is_full(line):
        return Finding(name, False, f"{waits}: ten minutes of its pace", FULL)
    try:
        carrier, account = carrier_for(practice), account_of(line)
        next(carrier.list_messages(account, sender=line.number, since=db_now() - _LOOK_BACK), None)
    except ConfigError as error:
        return Finding(name, False, "no carrier serves it", error.person_text)
    except SendError as error:
        return Finding(name, False, "the carrier refused", error.person_text)
    return Finding(name, True, f"the {carrier.kind} carrier answers; {waits}")


def check_lost_texts() -> Iterator[Finding]:
    """Per practice: texts that did not arrive; not well once the oldest waited 15 open minutes."""
    at = db_now()
    for practice, lost in lost_by_practice(at=at):
        if lost.since is not None:
            waits = int((at - lost.since).total_seconds() // 60)
            yield Finding(
                f"practice {practice.slug}, texts that did not arrive",
                not is_alarm(practice, lost.since, at=at),
                f"{lost.count} that nobody has seen to, the first for {waits} min",
                "A lead finds them on the board, under “Texts that did not arrive”.",
            )


def check_search() -> Iterator[Finding]:
    """Samples of every practice's records, compared with what the search's index says of them."""
    advice = "Run `flask --app wsgi search rebuild`; the search works meanwhile."
    try:
        states = [
            search_check.state_of(id_) for id_ in db.session.scalars(select(Practice.id)).all()
        ]
    except Undecryptable as error:
        yield Finding(
            "search", False, error.person_text, "Put the missing key back into DATA_KEYS."
        )
        return
    wrong, aside = sum(s.wrong for s in states), sum(s.set_aside for s in states)
    looked, waiting = sum(s.looked_at for s in states), sum(s.waiting for s in states)
    said = (
        f"{wrong} of {looked} sampled records differ, {waiting} wait, {aside} could not be indexed"
    )
    yield Finding("search", all(state.is_well for state in states), said, advice)


def check_worker() -> Iterator[Finding]:
    now = db_now()
    newest = db.session.scalars(
        select(WorkerLease).order_by(WorkerLease.lease_until.desc()).limit(1)
    ).one_or_none()
    alive = newest is not None and newest.lease_until > now
    yield Finding(
        "worker", alive, "holds its lease" if alive else "nobody sends texts or watches deadlines",
        "Start `python -m workers` (without REDIS_URL the web process does it by itself).",
    )  # fmt: skip


def check_clock() -> Iterator[Finding]:
    apart = abs(db_now() - datetime.now(tz=UTC))
    yield Finding(
        "clock", apart <= CLOCK_TOLERANCE, f"{apart.total_seconds():.1f} s from the database's",
        "Set the clocks of this machine and the database by NTP.",
    )  # fmt: skip
