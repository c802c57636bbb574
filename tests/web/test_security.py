"""Headers, content policy, CSRF, the access log, and the warnings no page may lack."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions import tasks
from app.core.db import db, transaction
from app.models.event import AccessLog
from app.models.practice import Practice
from app.models.task import Task, TaskType
from app.models.user import User
from tests.world import PASSWORD, World

SignInAs = Callable[[User], FlaskClient]
PAGES = ("/", "/?view=columns", "/tasks/new", "/nothing-here")


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """The app with CSRF on, as it runs outside the tests."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture
def task(world: World, clock: Any) -> Task:
    with transaction():
        return tasks.create(
            world.rosa, TaskType.MEDICATION_RECEIVED, by=world.system.actor, at=clock.now
        )


@pytest.mark.parametrize("page", ["/sign-in", "/nothing-here", "/healthz"])
def test_it_sends_the_security_headers_with_every_answer(client: FlaskClient, page: str) -> None:
    headers = client.get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers  # plain http here


def test_it_asks_for_https_where_the_address_is_https(make_app: Callable[..., Flask]) -> None:
    headers = make_app(public_url="https://touch.example.org").test_client().get("/healthz").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "wss://touch.example.org" in headers["Content-Security-Policy"]


def test_it_lets_browsers_keep_styles_but_no_page(client: FlaskClient) -> None:
    with client.get("/static/css/shell.css") as answer:
        assert answer.headers["Cache-Control"] != "no-store"


@pytest.mark.parametrize("page", PAGES)
def test_it_writes_no_script_or_style_into_a_page(
    sign_in: SignInAs, world: World, task: Task, page: str
) -> None:
    text = sign_in(world.ana).get(page).text
    assert "<main" in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)


def test_it_refuses_a_form_without_its_token_and_changes_nothing(
    guarded: Flask, world: World, task: Task
) -> None:
    ana = guarded.test_client()
    page = ana.get("/sign-in").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    data = {"email": "ana@harbor.example.org", "password": PASSWORD}
    assert ana.post("/sign-in", data=data).status_code == 400
    assert ana.post("/sign-in", data=data | {"csrf_token": token[1]}).status_code == 303
    refused = ana.post(f"/tasks/{task.id}/cancellation", data={"reason": "x"})
    assert refused.status_code == 400
    assert "Reload the page" in refused.text
    token = re.search(r'name="csrf-token" content="([^"]+)"', ana.get("/").text)
    assert token is not None
    sent = ana.post(
        f"/tasks/{task.id}/cancellation", data={"reason": "x"}, headers={"X-CSRFToken": token[1]}
    )
    assert sent.status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_it_refuses_what_another_site_sends(
    sign_in: SignInAs, world: World, task: Task, site: str
) -> None:
    answer = sign_in(world.ana).post(
        f"/tasks/{task.id}/cancellation",
        data={"reason": "x"},
        headers={"Sec-Fetch-Site": site},
    )
    assert answer.status_code == 400
    db.session.rollback()
    assert db.session.get_one(Task, (task.practice_id, task.id), populate_existing=True).is_open


def test_it_writes_down_who_saw_which_patient(sign_in: SignInAs, world: World, task: Task) -> None:
    ana = sign_in(world.ana)
    before = db.session.scalar(select(func.count()).select_from(AccessLog))
    ana.get(f"/tasks/{task.id}")
    db.session.rollback()
    row = db.session.scalars(select(AccessLog).order_by(AccessLog.id.desc()).limit(1)).one()
    assert db.session.scalar(select(func.count()).select_from(AccessLog)) == (before or 0) + 1
    assert (row.viewer_id, row.patient_id, row.through) == (world.ana.id, world.rosa.id, "task")


@pytest.mark.parametrize("page", PAGES)
def test_it_warns_on_every_page_when_a_real_practice_sends_nothing(
    sign_in: SignInAs, world: World, page: str
) -> None:
    ana = sign_in(world.ana)
    assert "Texts are NOT being sent" not in ana.get(page).text
    assert "Invented practice" in ana.get(page).text
    with transaction():
        db.session.get_one(Practice, world.practice.id).is_invented = False
    assert "Texts are NOT being sent" in ana.get(page).text
    assert "Invented practice" not in ana.get(page).text


def test_it_shows_hostile_names_as_text(sign_in: SignInAs, world: World, task: Task) -> None:
    with transaction():
        patient = db.session.merge(world.rosa)
        patient.family_name = "<script>alert(1)</script>{{7*7}}"
    text = sign_in(world.ana).get("/?view=columns").text
    assert "&lt;script&gt;alert(1)" in text
    assert "{{7*7}}" in text
    assert "<script>alert" not in text


def test_it_tells_a_fragment_what_went_wrong_in_a_toast(sign_in: SignInAs, world: World) -> None:
    answer = sign_in(world.ana).get(f"/tasks/{world.rosa.id}", headers={"HX-Request": "true"})
    assert answer.status_code == 404
    assert '"toast"' in answer.headers["HX-Trigger"]
    assert answer.headers["HX-Reswap"] == "none"


def test_it_says_what_happened_under_the_api_as_problem_json(client: FlaskClient) -> None:
    answer = client.get("/api/v1/nothing-here")
    assert answer.content_type == "application/problem+json"
    assert answer.status_code in (401, 404)


def test_it_stores_no_page_in_the_browser(client: FlaskClient, world: World) -> None:
    assert '"historyCacheSize": 0' in client.get("/sign-in").text.replace("&#34;", '"')
