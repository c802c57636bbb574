"""`flask doctor`: well when all is in place; otherwise it names what is not, says what to do, and exits 1."""

import contextvars
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import db, transaction
from app.models.lease import WorkerLease
from app.models.practice import Line, Practice
from messaging.delivery import MessageStatus
from tests.actions.drafts import queue_to
from tests.databases import KIND


@pytest.fixture
def now(clock) -> datetime:
    """Doctor compares the database's clock with the machine's."""
    return clock.set(datetime.now(tz=UTC))


@pytest.fixture
def examine(app, now, clock):
    """Runs the command; the database's clock goes on with the machine's, as far apart as a test moved it."""
    base = [now]

    def run(built=app):
        moved, base[0] = clock.now - base[0], datetime.now(tz=UTC)
        clock.set(base[0] + moved)
        return contextvars.Context().run(built.test_cli_runner().invoke, args=["doctor"])

    return run


@pytest.fixture
def worker(world, now) -> WorkerLease:
    """A worker that holds its lease."""
    with transaction() as session:
        lease = WorkerLease(
            name="workers", holder="a", epoch=1, lease_until=now + timedelta(minutes=5)
        )
        session.add(lease)
    return lease


def advice_on(output: str, what: str) -> str:
    """The advice under the check that failed."""
    lines = output.splitlines()
    [place] = [n for n, line in enumerate(lines) if line.startswith(f"FAIL {what}")]
    return lines[place + 1].strip()


def test_all_is_well(examine, worker) -> None:
    result = examine()
    assert result.exit_code == 0, result.output
    assert result.output.count("ok  ") == 17
    # no backups, no e-mail; and in tests the tables are the application's own
    assert result.output.count("warn ") == (2 if KIND == "sqlite" else 3)
    assert "555" not in result.output


def test_it_misses_a_worker(examine, world, now) -> None:
    result = examine()
    assert result.exit_code == 1
    assert "python -m workers" in advice_on(result.output, "worker")


def test_a_lapsed_lease_is_no_worker(examine, worker, clock) -> None:
    clock.advance(minutes=6)
    assert "python -m workers" in advice_on(examine().output, "worker")


def test_it_misses_a_practice(examine, app) -> None:
    result = examine()
    assert result.exit_code == 1
    assert "practice create" in advice_on(result.output, "practices")


@pytest.fixture
def older_schema(worker) -> Iterator[None]:
    """The database says that a migration is missing; the next test finds it whole again."""
    head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    for version in ("0001", head):
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        if version != head:
            yield


def test_it_misses_migrations(examine, older_schema) -> None:
    result = examine()
    assert result.exit_code == 1
    assert "db upgrade" in advice_on(result.output, "migrations")


def test_it_sees_a_clock_that_is_off(examine, worker, clock) -> None:
    clock.advance(seconds=30)
    assert "NTP" in advice_on(examine().output, "clock")


def test_it_says_that_the_sandbox_serves_no_real_practice(examine, worker, world) -> None:
    with transaction() as session:
        session.get_one(Practice, world.practice.id).is_invented = False
    result = examine()
    assert result.exit_code == 1
    assert "CARRIER=twilio" in advice_on(result.output, "practice harbor")
    assert "warn practice harbor, agreement with the phone company: none is noted" in result.output


def test_it_sees_sending_switched_off_and_a_missing_line(examine, worker, world) -> None:
    with transaction() as session:
        session.get_one(Practice, world.practice.id).is_sending = False
        session.get_one(Line, (world.other_practice.id, world.other_line.id)).is_active = False
    output = examine().output
    assert "Switch it on" in advice_on(output, "practice harbor")
    assert "Add one" in advice_on(output, "practice other")


def test_it_sees_a_carrier_that_does_not_answer(examine, worker, make_app) -> None:
    built = make_app(
        carrier="twilio", twilio_api_url="http://127.0.0.1:9", public_url="https://t.example.org"
    )
    result = examine(built)
    assert result.exit_code == 1
    assert "the carrier refused" in result.output
    assert "a-token-only-tests-know" not in result.output


def test_it_wants_https_where_a_real_carrier_calls(examine, worker, make_app) -> None:
    built = make_app(carrier="twilio", twilio_api_url="http://127.0.0.1:9")
    assert "https" in advice_on(examine(built).output, "public address")


def lose_at(at: datetime, patient) -> None:
    """A text that did not arrive, at whatever hour the machine's clock shows."""
    message = queue_to(patient, at, is_automated=False)
    with transaction() as session:
        session.merge(message).move(MessageStatus.FAILED, at=at)


def test_it_rings_for_texts_nobody_sees_to(examine, worker, world, now, clock) -> None:
    lose_at(now - timedelta(minutes=14), world.sam)
    result = examine()
    assert result.exit_code == 0, result.output
    assert (
        "ok   practice harbor, texts that did not arrive: 1 that nobody has seen to"
        in result.output
    )
    lose_at(now - timedelta(minutes=16), world.rosa)
    result = examine()
    assert result.exit_code == 1
    assert "A lead finds them" in advice_on(result.output, "practice harbor, texts that did not")
    assert "Sam" not in result.output


def test_it_says_which_keys_are_missing(examine, worker, world, make_app) -> None:
    from cryptography.fernet import Fernet

    with transaction() as session:
        session.get_one(Line, (world.practice.id, world.line.id)).auth_token = "secret"
        db.session.flush()
    built = make_app(data_keys=(Fernet.generate_key().decode(),))
    result = examine(built)
    assert result.exit_code == 1
    assert "DATA_KEYS" in advice_on(result.output, "practice harbor")


def test_it_says_when_the_database_does_not_answer(examine, make_app, tmp_path) -> None:
    built = make_app(database_url=f"sqlite:///{tmp_path}/no/such/folder.db")
    result = examine(built)
    assert result.exit_code == 1
    assert "DATABASE_URL" in advice_on(result.output, "database")


def test_it_names_a_line_the_carrier_is_done_with(examine, worker, world, now) -> None:
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id))
        line.stopped_until, line.stopped_why = now + timedelta(hours=1), "not_registered"
    result = examine()
    assert result.exit_code == 1
    assert "A2P 10DLC" in result.output
