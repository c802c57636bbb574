"""Fixtures of the portal: a patient who came in through a link, and what the sandbox phone got."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from app.actions import portal_links
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from app.web.portal import sign_in
from messaging.gate import Purpose
from tests.world import World

BORN = date(1957, 3, 9)  # of everyone in the cast
Enter = Callable[[Patient], FlaskClient]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal answer times are tried in one test; the others need not wait."""
    monkeypatch.setattr(sign_in, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def link_for(world: World, clock: Any) -> Callable[[Patient], str]:
    """The path of a fresh link to the patient's phone."""

    def make(patient: Patient) -> str:
        with transaction():
            _, address = portal_links.make_link(world.number(patient), by=SYSTEM, at=clock.now)
        return address.removeprefix("http://localhost:8000")

    return make


@pytest.fixture
def enter(app: Flask, link_for: Callable[[Patient], str]) -> Enter:
    """A client signed in as this patient, by a link and the birth date."""

    def come_in(patient: Patient) -> FlaskClient:
        client = app.test_client()
        answer = client.post(link_for(patient), data=born(patient=str(patient.id)))
        assert answer.status_code == 303, answer.text
        return client

    return come_in


@pytest.fixture
def count_statements(app: Flask) -> Callable[[Callable[[], Any]], int]:
    """How many SQL statements a call runs."""

    def count(call: Callable[[], Any]) -> int:
        run: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            run.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            call()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(run)

    return count


def born(on: date = BORN, **more: str) -> dict[str, str]:
    """What the birth date form sends."""
    return {"day": str(on.day), "month": str(on.month), "year": str(on.year), **more}


def ask(client: FlaskClient, number: str, slug: str = "harbor") -> TestResponse:
    return client.post(f"/portal/{slug}/links", data={"phone": number})


def links_texted() -> list[Message]:
    """The texts with sign-in links, oldest first."""
    db.session.rollback()  # requests wrote since the test looked last
    wanted = select(Message).where(Message.purpose == Purpose.SIGN_IN.value)
    return list(db.session.scalars(wanted.order_by(Message.created_at, Message.id)))
