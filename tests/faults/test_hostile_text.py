"""Words nobody expects, in texts, names, notes and keys: kept exactly as they came, never a 5xx, and no
effect but the one of their plain meaning."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import tokens
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.task import TaskStatus, TaskType
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.webhooks.signing import inbound_form, post
from tests.world import World

BODIES = {
    "long": "a" * 1600,
    "longer than a carrier takes": "ñ" * 5000,
    "bidi": "\u202e3 si\u202c \u2066yes\u2069",
    "zero width": "y\u200be\u200ds",
    "only zero width": "\u200b\ufeff",
    "emoji": "👍🏽👩‍👩‍👧 1️⃣",
    "NUL": "1\x00",
    "control": "\x01\x02\x1b[31mred\x07",
    "script": "<script>alert(1)</script>{{7*7}}",
    "forged log line": "ok\r\n2026-01-01 [error] all is lost",
    "formula": '=HYPERLINK("http://example.org","x")',
    "noncharacter": "\uffff\ufffe\U0010ffff",
    "combining": "e\u0301" * 300,
    "empty": "",
    "spaces": "   \n\t ",
    "other digits": "١",
    "sql": "'; DROP TABLE message; --",
}
NAMES = (
    "<b>Pat</b>",
    "Pat\u202e",
    "Pat\x00",
    "Pat\ud800",
    "👍",
    "=1+1",
    "a" * 10_000,
    " ",
    "\u200b",
)


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_it_keeps_whatever_a_phone_sends(
    client: FlaskClient, world: World, phones: Phones, body: str
) -> None:
    task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    form = inbound_form(world, world.phone(world.sam), body)
    assert post(client, form).status_code == 200
    kept = db.session.scalars(
        select(Message).where(Message.provider_id == form["MessageSid"])
    ).one()
    assert kept.body == body
    db.session.refresh(task)
    assert task.status in (TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED)


@pytest.mark.parametrize("key", ["Nul\x00Key", "ключ", "a" * 3000, "<script>", "=1", "\ufeff"])
def test_it_holds_a_text_whatever_its_unknown_key_is(
    client: FlaskClient, world: World, phones: Phones, key: str
) -> None:
    form = inbound_form(world, world.phone(world.sam), "STOP") | {key: "x\x00"}
    assert post(client, form).status_code == 200
    kept = db.session.scalars(
        select(Message).where(Message.provider_id == form["MessageSid"])
    ).one()
    assert kept.held_reason is not None
    assert world.number(world.sam).opted_out_at is None


@pytest.fixture
def bearer(app: Flask, world: World, clock: Clock) -> dict[str, str]:
    scopes = ("patients:read", "patients:write", "messages:read", "messages:write", "tasks:write")
    with transaction():
        made = tokens.create(world.practice, "faults", scopes, by=SYSTEM, at=clock.now)
    secret = made[1] if isinstance(made, tuple) else made
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("name", NAMES)
def test_the_api_takes_odd_names_or_says_what_is_wrong(
    client: FlaskClient, world: World, bearer: dict[str, str], name: str
) -> None:
    made = client.post("/api/v1/patients", headers=bearer, json={
        "mrn": "F-1", "given_name": name, "family_name": "Odd", "birth_date": "1957-03-09",
        "phone": "+15035550144", "language": "en", "postal_code": "97205",
    })  # fmt: skip
    assert made.status_code in (201, 422, 400), made.text
    if made.status_code == 201:
        again = client.get(f"/api/v1/patients/{made.json['id']}", headers=bearer)
        assert again.json["given_name"] == name


@pytest.mark.parametrize("body", [*BODIES.values(), "\ud800", "x\ud83d"])
def test_the_api_sends_odd_bodies_or_says_what_is_wrong(
    client: FlaskClient, world: World, bearer: dict[str, str], body: str
) -> None:
    for channel in ("sms", "portal"):
        made = client.post("/api/v1/messages", headers=bearer, json={
            "patient_id": str(world.sam.id), "channel": channel, "body": body,
        })  # fmt: skip
        assert made.status_code in (202, 422, 400), made.text
