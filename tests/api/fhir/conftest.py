"""A payer's token, and what the workers do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.actions import tokens
from app.core.db import db, transaction
from app.models.bulk_export import BulkExport
from app.models.event import SYSTEM
from app.models.practice import Practice
from app.models.run import RunStatus
from app.models.task import TaskType
from tests.api.fhir.steps import ASYNC, HERE, Caller
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World


@pytest.fixture
def calling(app: Flask, clock: Clock) -> Callable[..., Caller]:
    """calling(practice, "fhir:read", …): requests with a fresh token of these scopes."""

    def make(practice: Practice, *scopes: str) -> Caller:
        with transaction():
            _, text = tokens.create(practice, "payer", scopes, by=SYSTEM, at=clock.now)
        client = app.test_client()

        def call(
            path: str, method: str = "GET", token: str | None = text, **more: Any
        ) -> TestResponse:
            headers = more.pop("headers", ASYNC) | (
                {"Authorization": f"Bearer {token}"} if token else {}
            )
            return client.open(
                path.removeprefix(HERE), method=method, headers=headers, buffered=True, **more
            )

        return call

    return make


@pytest.fixture
def call(calling: Callable[..., Caller], world: World, clock: Clock) -> Caller:
    """The token of a payer; Sam and Tom, of two teams, have been texted."""
    phones = Phones(world, clock)
    for patient in (world.sam, world.tom):
        phones.ask(patient, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "1")
    return calling(world.practice, "fhir:read")


@pytest.fixture
def work(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """What the worker's child processes do with everything that waits."""
    monkeypatch.setattr("app.cli.fhir.VAR", tmp_path)

    def run() -> None:
        db.session.rollback()
        waiting = db.session.query(BulkExport).filter_by(status=RunStatus.WAITING).all()
        for practice_id, run_id in [(str(row.practice_id), str(row.id)) for row in waiting]:
            done = app.test_cli_runner().invoke(args=["fhir", "bulk-run", practice_id, run_id])
            assert done.exit_code == 0, done.output
        db.session.rollback()

    return run
