"""The server's own parts: settings, database, schema, full text, worker, clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from app.actions import search_check
from app.actions.doctor.finding import Finding, judged
from app.core import schema
from app.core.clock import db_now
from app.core.crypto import Undecryptable
from app.core.db import db
from app.core.settings import current_settings
from app.models.lease import WorkerLease
from app.models.practice import Practice

CLOCK_TOLERANCE = timedelta(seconds=5)


def check_settings(_at: datetime | None = None) -> Iterator[Finding]:
    settings = current_settings()
    yield judged(
        "settings", True, f"carrier {settings.carrier}, public address {settings.public_url}"
    )
    if settings.carrier == "twilio":
        yield judged(
            "public address", settings.is_https, settings.public_url,
            "Carriers and patients need https: set PUBLIC_URL to the address they call.",
        )  # fmt: skip


def check_database(_at: datetime | None = None) -> Iterator[Finding]:
    """Kind and version; then the schema, which makes no sense without an answer."""
    kind = db.engine.dialect.name
    asked = "SELECT sqlite_version()" if kind == "sqlite" else "SHOW server_version"
    try:
        version = db.session.scalar(text(asked))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield judged("database", False, f"{kind} does not answer: {reason}", "Check DATABASE_URL.")
        return
    yield judged("database", True, f"{kind} {version}")
    head, current = schema.newest(), schema.seen_by(db.engine)
    yield judged(
        "migrations", current == head, f"at {current or 'nothing'}, newest is {head}",
        "Run `flask --app wsgi db upgrade`.",
    )  # fmt: skip


def check_worker(at: datetime) -> Iterator[Finding]:
    newest = db.session.scalars(
        select(WorkerLease).order_by(WorkerLease.lease_until.desc()).limit(1)
    ).one_or_none()
    alive = newest is not None and newest.lease_until > at
    yield judged(
        "worker", alive, "holds its lease" if alive else "nobody sends texts or watches deadlines",
        "Start `python -m workers` (without REDIS_URL the web process does it by itself).",
    )  # fmt: skip


def check_search(_at: datetime, practice_id: UUID | None = None) -> Iterator[Finding]:
    """Samples of the records, compared with what the search's index says of them."""
    advice = "Run `flask --app wsgi search rebuild`; the search works meanwhile."
    rows = select(Practice.id)
    chosen = rows if practice_id is None else rows.where(Practice.id == practice_id)
    try:
        states = [search_check.state_of(id_) for id_ in db.session.scalars(chosen).all()]
    except Undecryptable as error:
        yield judged("search", False, error.person_text, "Put the missing key back into DATA_KEYS.")
        return
    wrong, aside = sum(s.wrong for s in states), sum(s.set_aside for s in states)
    looked, waiting = sum(s.looked_at for s in states), sum(s.waiting for s in states)
    said = (
        f"{wrong} of {looked} sampled records differ, {waiting} wait, {aside} could not be indexed"
    )
    yield judged("search", all(state.is_well for state in states), said, advice)


def check_clock(_at: datetime | None = None) -> Iterator[Finding]:
    apart = abs(db_now() - datetime.now(tz=UTC))
    yield judged(
        "clock", apart <= CLOCK_TOLERANCE, f"{apart.total_seconds():.1f} s from the database's",
        "Set the clocks of this machine and the database by NTP.",
    )  # fmt: skip
