"""A caller of the API: sends JSON with a token of a practice and some scopes, reads JSON back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.actions import tokens
from app.core.db import transaction
from app.models.event import SYSTEM
from app.models.practice import Practice
from tests.conftest import Clock
from tests.world import World


class Caller:
    """Requests of one token; the path is what follows /api/v1/."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client, self.token = app.test_client(), token

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        return self.client.open(f"/api/v1/{path}", method=method, data=data, headers=sent)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.send("PATCH", path, body, **headers)


Calling = Callable[..., Caller]


@pytest.fixture
def calling(app: Flask, clock: Clock) -> Calling:
    """calling(practice, "patients:read", …): a caller with a fresh token; without scopes it has all."""

    def make(practice: Practice, *scopes: str) -> Caller:
        with transaction():
            _, text = tokens.create(
                practice, "tests", scopes or tokens.SCOPES, by=SYSTEM, at=clock.now
            )
        return Caller(app, text)

    return make


@pytest.fixture
def api(calling: Calling, world: World) -> Caller:
    """A caller with every scope in the cast's practice."""
    return calling(world.practice)


def check_problem(response: TestResponse, status: int) -> dict[str, Any]:
    """The problem of a refusal, after checking that it looks as promised."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    problem: dict[str, Any] = response.get_json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem
