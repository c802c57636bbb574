"""Walks over every route with the wrong key in hand: a form without its token, a patient's session, an
analyst's, and bodies that claim what only the server decides."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import portal_links
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.task import Task
from app.models.user import User
from tests.web.outsiders.inbox import make_thread
from tests.web.test_outsiders import Door, methods_of, of_guard
from tests.world import PASSWORD, World

SignInAs = Callable[[User], FlaskClient]
OF_STAFF = of_guard("staff", "record", "roles")
WITH_COOKIES = [*OF_STAFF, *of_guard("patient")]
CLINICAL = re.compile(
    r"(inbox|conversations|patients|patient_records|tasks|task_changes|task_closings|calls|referrals|imports)\."
)
#: What a form may claim and the server alone decides.
CLAIMS = {
    "id": "0" * 32, "role": "admin", "status": "completed", "evidence": "partner_confirmed",
    "is_automated": "1", "purpose": "sign_in", "claim_epoch": "9", "seconds": "9999",
}  # fmt: skip


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """The app with CSRF on, as it runs outside the tests."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert found is not None
    return found[1]


@pytest.mark.once
@pytest.mark.parametrize("endpoint", WITH_COOKIES)
def test_it_changes_nothing_without_the_forms_own_token(
    guarded: Flask, world: World, endpoint: str
) -> None:
    door, client = Door(guarded, world, endpoint), guarded.test_client()
    token_of(client)
    foreign = token_of(guarded.test_client())
    override = {"X-HTTP-Method-Override": "GET", "Content-Type": "text/plain"}
    for method in set(methods_of(guarded, endpoint)) - {"GET"}:
        for headers in ({}, {"X-CSRFToken": foreign}, override):
            answer = client.open(door.url, method=method, headers=headers)
            assert answer.status_code == 400, f"{method} {headers}"


@pytest.mark.once
@pytest.mark.parametrize("endpoint", sorted(set(OF_STAFF) - {"topics.index"}))  # both may ask there
def test_it_gives_a_patients_session_no_page_of_staff(
    app: Flask, world: World, clock: Any, endpoint: str
) -> None:
    with transaction():
        _, address = portal_links.make_link(world.number(world.rosa), by=SYSTEM, at=clock.now)
    client = app.test_client()
    path = address.removeprefix("http://localhost:8000")
    came_in = client.post(path, data={"day": "9", "month": "3", "year": "1957"})
    assert came_in.headers["Location"] == "/portal/my/chat"
    for answer in Door(app, world, endpoint).knock(client):
        assert (answer.status_code, answer.headers["Location"][:8]) == (303, "/sign-in")


@pytest.mark.once
@pytest.mark.parametrize("endpoint", [each for each in OF_STAFF if CLINICAL.match(each)])
def test_it_shows_an_analyst_nothing_clinical(
    app: Flask, world: World, sign_in: SignInAs, endpoint: str
) -> None:
    for answer in Door(app, world, endpoint).knock(sign_in(world.anton)):
        assert answer.status_code == 403
        assert "Rosa" not in answer.text


def test_it_ignores_what_a_form_claims(world: World, sign_in: SignInAs) -> None:
    ana, other = sign_in(world.ana), str(world.other_practice.id)
    ben = str(world.ben.id)
    claims = CLAIMS | {"practice_id": other, "author_id": ben, "actor_id": ben}
    thread = make_thread(world)
    told = ana.post(
        f"/conversations/{thread}/replies", data=claims | {"body": "Hi", "channel": "portal"}
    )
    form = {"patient_id": str(world.rosa.id), "type": "medication_received"}
    assert (told.status_code, ana.post("/tasks", data=claims | form).status_code) == (303, 303)
    db.session.rollback()
    reply = db.session.scalars(select(Message).where(Message.author_id.is_not(None))).one()
    assert (reply.author_id, reply.practice_id) == (world.ana.id, world.practice.id)
    assert (reply.is_automated, reply.purpose) == (False, "staff_reply")
    task = db.session.scalars(select(Task).order_by(Task.id.desc()).limit(1)).one()
    assert (task.practice_id, task.evidence, task.is_open) == (world.practice.id, None, True)


def test_it_shows_staff_no_key_to_a_patients_portal(
    world: World, sign_in: SignInAs, clock: Any
) -> None:
    with transaction():
        message = portal_links.send_link(world.sam, by=SYSTEM, at=clock.now)
    key = message.body.partition("/portal/in/")[2].split()[0]
    assert len(key) > 20
    thread: UUID = message.conversation_id
    lea = sign_in(world.lea)
    for address in (f"/patients/{world.sam.id}", f"/inbox/{thread}", f"/conversations/{thread}"):
        text = lea.get(address).text
        assert "/portal/in/" in text  # that a link was sent stands there
        assert key not in text


def test_it_goes_back_to_nothing_with_a_line_break(client: FlaskClient, world: World) -> None:
    data = {"email": "ana@harbor.example.org", "password": PASSWORD}
    answer = client.post("/sign-in", query_string={"next": "/x\r\nSet-Cookie: a=b"}, data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_it_lets_nobody_keep_an_error(client: FlaskClient) -> None:
    for address in ("/static/nothing.js", "/static/..%2f..%2fwsgi.py", "/nothing"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
