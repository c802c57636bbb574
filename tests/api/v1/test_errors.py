"""Whatever is wrong with a request, the answer is problem+json with what to do, and never a 500."""

import pytest

from tests.api.v1.conftest import Caller, check_problem

NOUNS = ("patients", "tasks", "messages", "referrals", "touchpoints")
NO_ID = "01900000-0000-7000-8000-000000000000"


@pytest.mark.parametrize("noun", NOUNS)
def test_it_wants_a_token(app, world, noun) -> None:
    for authorization in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "},
                          {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"},
                          {"Authorization": "Bearer " + "a" * 5000}):  # fmt: skip
        answer = Caller(app, None).get(noun, **authorization)
        check_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_works_no_more(app, api, world, clock) -> None:
    from sqlalchemy import select

    from app.actions import tokens
    from app.core.db import db, transaction
    from app.models.event import SYSTEM
    from app.models.secret import ApiToken

    assert api.get("patients").status_code == 200
    with transaction():
        tokens.revoke(db.session.scalars(select(ApiToken)).one(), by=SYSTEM, at=clock.now)
    check_problem(api.get("patients"), 401)


@pytest.mark.parametrize("noun", NOUNS)
def test_a_scope_opens_its_own_noun_and_verb_only(calling, world, noun) -> None:
    reader = calling(world.practice, f"{noun}:read")
    assert reader.get(noun).status_code == 200
    for other in NOUNS:
        if other != noun:
            check_problem(reader.get(other), 403)
    if noun != "touchpoints":
        check_problem(reader.post(noun, {}), 403)
        writer = calling(world.practice, f"{noun}:write")
        check_problem(writer.get(noun), 403)
        check_problem(writer.post(noun, {}), 422)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"nul", b'{"a":1}x', b"[" * 5000, b"'"])
def test_it_explains_a_body_that_is_not_json(api, body) -> None:
    for noun in ("patients", "tasks", "messages", "referrals"):
        check_problem(api.send("POST", noun, body), 400)


@pytest.mark.parametrize("body", [b"[]", b"null", b"7", b'"x"', b"{}"])
def test_it_explains_json_that_is_not_the_object(api, body) -> None:
    for noun in ("patients", "tasks", "messages", "referrals"):
        check_problem(api.send("POST", noun, body), 422)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_it_takes_only_json(api, kind) -> None:
    check_problem(api.send("POST", "patients", b"{}", Content_Type=kind), 415)


def test_it_refuses_a_body_that_is_too_large(api) -> None:
    check_problem(api.send("POST", "patients", b"[" + b" " * 300_000 + b"]"), 413)


@pytest.mark.parametrize(
    "path", ["nothing", "patients/1", "patients/x/y", "patients/" + "a" * 300, "tasks/%00", ""]
)
def test_what_is_not_there_is_404(api, path) -> None:
    check_problem(api.get(path), 404)


@pytest.mark.parametrize("noun", NOUNS)
def test_an_id_nobody_has_is_404(api, noun) -> None:
    check_problem(api.get(f"{noun}/{NO_ID}"), 404)


def test_a_method_that_does_not_work_is_405_and_says_which_do(api) -> None:
    answer = api.send("DELETE", "patients")
    check_problem(answer, 405)
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))
    check_problem(api.send("POST", "touchpoints", {}), 405)


def test_every_answer_carries_a_request_id(api) -> None:
    assert api.get("patients", X_Request_Id="abc-1").headers["X-Request-Id"] == "abc-1"
    made = api.get("patients", X_Request_Id="bad id\tx").headers["X-Request-Id"]
    assert made
    assert made != "bad id\tx"
    assert api.post("patients", {}).headers["X-Request-Id"]


def test_a_token_that_asks_too_often_is_slowed_down(app, api, monkeypatch) -> None:
    from limits import parse

    from app.api.v1 import auth

    monkeypatch.setattr(auth, "PER_TOKEN", parse("3/minute"))
    answers = [api.get("patients") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    check_problem(answers[-1], 429)
    assert answers[-1].headers["Retry-After"]


def test_it_answers_while_redis_is_away(make_app, api) -> None:
    api.client = make_app(redis_url="redis://127.0.0.1:9/0").test_client()
    assert api.get("patients").status_code == 200
    api.token = "wrong"
    check_problem(api.get("patients"), 401)


def test_the_document_is_open_and_names_every_operation(app, world) -> None:
    document = Caller(app, None).get("openapi.json").get_json()
    operations = {(method, path) for path, each in document["paths"].items() for method in each}
    served = {
        (method.lower(), rule.rule.replace("<uuid:", "{").replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint.startswith("api_v1.") and not rule.rule.endswith("openapi.json")
    }
    assert operations == served
    assert len(operations) == 22
