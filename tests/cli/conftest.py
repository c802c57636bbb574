"""Fixtures for commands that copy or replace a whole database."""

import contextvars
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.installation import Installation
from tests.databases import TestDatabase, make_database
from tests.world import look_again


@pytest.fixture
def empty_installation(
    tmp_path_factory: pytest.TempPathFactory, worker_name: str, run_name: str,
    settings_of: Callable[..., Any], clock: Any,
) -> Iterator[Installation]:  # fmt: skip
    database = make_database(tmp_path_factory, f"{worker_name}_backup", run_name)
    made = Installation(database, settings_of)
    yield made
    made.close()


@pytest.fixture
def installation(
    empty_installation: Installation, database: TestDatabase, clock: Any
) -> Installation:
    """Migrated, with the cast in it."""
    empty_installation.database.migrate_as(database)
    assert isinstance(clock.now, datetime)
    empty_installation.people(clock.now)
    return empty_installation


@pytest.fixture
def reconcile(app: Any) -> Callable[..., Any]:
    def run(*args: str) -> Any:
        words = ["doctor", "--reconcile", "--lag", "0", *args]
        done = contextvars.Context().run(app.test_cli_runner().invoke, args=words)
        look_again()
        return done

    return run


@pytest.fixture
def backup(installation: Installation, tmp_path: Path) -> Path:
    """A backup of the cast; afterwards one practice has another name."""
    folder = tmp_path / "backup"
    installation.well("backup", folder)
    installation.rows("UPDATE practice SET slug = 'later' WHERE slug = 'harbor'")
    return folder
