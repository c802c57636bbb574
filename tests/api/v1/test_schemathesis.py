"""Schemathesis reads our own OpenAPI document and tries every operation with good and bad data: the API
never breaks, refuses what the document does not allow, and answers only what it describes."""

import contextvars
from collections.abc import Iterable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from app.actions import tokens
from app.core.db import transaction
from app.models.event import SYSTEM

load_all_checks()
# Dates, numbers and zones have rules a schema can't say (a birth date in the future): those are 422.
EXCLUDED = [CHECKS.get_one("positive_data_acceptance")]
NOUNS = {
    "patients": "GET POST",
    "tasks": "GET POST",
    "messages": "GET POST",
    "referrals": "GET POST",
    "touchpoints": "GET",
}
OPERATIONS = [
    (f"/api/v1/{noun}", method) for noun, methods in NOUNS.items() for method in methods.split()
]
OPERATIONS += [(f"/api/v1/{noun}/{{{noun[:-1]}_id}}", "GET") for noun in NOUNS]
OPERATIONS += [("/api/v1/patients/{patient_id}", "PATCH")]
OPERATIONS += [
    ("/api/v1/appointments", "POST"),
    ("/api/v1/appointments/{appointment_id}", "GET"),
    ("/api/v1/medication-orders", "POST"),
    ("/api/v1/medication-orders/{order_id}", "GET"),
    ("/api/v1/exports", "POST"),
    ("/api/v1/exports/{export_id}", "GET"),
    ("/api/v1/exports/{export_id}/files/{name}", "GET"),
]


@pytest.fixture
def bearer(world, clock) -> dict[str, str]:
    """A token of every scope. Given with each call: calls without it are tried, too."""
    with transaction():
        _, token = tokens.create(world.practice, "fuzz", tokens.SCOPES, by=SYSTEM, at=clock.now)
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def api_document(app, world) -> Any:
    """The document, served by the app itself; each request runs in a context of its own."""

    def serve(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        return contextvars.Context().run(app.wsgi_app, environ, start)

    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", serve)


def test_it_tries_every_operation_of_the_document(api_document) -> None:
    found = [each.ok() for each in api_document.get_all_operations()]
    assert {(each.path, each.method.upper()) for each in found} == set(OPERATIONS)


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_it_answers_as_its_document_says(api_document, bearer, path, method, mode) -> None:
    operation = api_document[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    def try_it(case: Any) -> None:
        case.call_and_validate(headers=bearer, excluded_checks=EXCLUDED)

    try_it()
