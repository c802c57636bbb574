"""Alive, ready, metrics: for machines, and without anything about a patient."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.actions import tasks
from app.core.db import db, transaction
from app.models.practice import Line
from app.models.task import TaskType
from tests.actions.lost import lose
from tests.world import World


def test_it_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready", "database": "usable"}


def test_it_is_alive_but_not_ready_without_its_tables(
    make_app: Callable[..., Flask], tmp_path: Any, settings_of: Any
) -> None:
    from app.factory import create_app

    empty = create_app(settings_of(f"sqlite:///{tmp_path / 'empty.db'}")).test_client()
    assert empty.get("/healthz").status_code == 200
    answer = empty.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "database": "unusable"}


def test_it_counts_the_queue_and_the_open_tasks_without_naming_anyone(
    client: FlaskClient, world: World, clock: Any
) -> None:
    with transaction():
        tasks.create(world.sam, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now)
    clock.advance(days=9)
    text = client.get("/metrics").text
    assert 'touchline_messages{state="waiting"} 1.0' in text
    assert 'touchline_open_tasks{state="overdue"} 1.0' in text
    assert "Sam" not in text
    assert "+1503" not in text


def test_it_rings_for_texts_nobody_sees_to_and_for_stopped_lines(
    client: FlaskClient, world: World, clock: Any
) -> None:
    lose(world, world.sam, clock.now)
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id))
        line.stopped_until = clock.now + timedelta(hours=1)
    clock.advance(minutes=14)
    text = client.get("/metrics").text
    assert 'touchline_messages{state="undelivered"} 1.0' in text
    assert 'touchline_oldest_seconds{state="undelivered"} 840.0' in text
    assert 'touchline_alarms{kind="undelivered"} 0.0' in text
    assert 'touchline_lines{state="stopped"} 1.0' in text
    assert 'touchline_lines{state="queue_full"} 0.0' in text
    assert 'touchline_carrier_queue_seconds{line="longest"} 0.0' in text
    clock.advance(hours=1)
    text = client.get("/metrics").text
    assert 'touchline_alarms{kind="undelivered"} 1.0' in text
    assert 'touchline_lines{state="stopped"} 0.0' in text
