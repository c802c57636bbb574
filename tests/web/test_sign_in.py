"""Signing in and out: right, wrong, locked, idle, ended elsewhere, and several practices of one sign-in."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import users
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.staff_session import StaffSession
from app.models.user import Role, SignIn, User
from app.web.session import AUTOMATIC
from tests.world import PASSWORD, World

SignInAs = Callable[[User], FlaskClient]
ANA = "ana@harbor.example.org"


def post(client: FlaskClient, email: str = ANA, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in", data={"email": email, "password": password}, **more)


def is_in(client: FlaskClient, **headers: str) -> bool:
    return client.get("/bell", headers=headers).status_code == 200


def test_it_signs_in_and_opens_the_board(client: FlaskClient, world: World) -> None:
    answer = post(client, " ANA@harbor.example.org ")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert "My day" in client.get("/").text


def test_it_answers_a_wrong_password_and_an_unknown_address_alike(
    client: FlaskClient, world: World
) -> None:
    wrong = post(client, ANA, "not the password")
    unknown = post(client, "nobody@harbor.example.org", "not the password")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace(ANA, "") == unknown.text.replace("nobody@harbor.example.org", "")
    assert not is_in(client)


def test_it_locks_an_address_after_several_wrong_tries_and_opens_it_again(
    client: FlaskClient, world: World, clock: Any
) -> None:
    for _ in range(6):
        post(client, ANA, "not the password")
    assert post(client).status_code == 422  # locked: even the right one
    clock.advance(minutes=16)
    assert post(client).status_code == 303
    db.session.rollback()
    sign_in = db.session.scalars(select(SignIn).where(SignIn.email == ANA)).one()
    assert (sign_in.failed_tries, sign_in.locked_until) == (0, None)


def test_it_keeps_nothing_of_the_session_before(client: FlaskClient, world: World) -> None:
    with client.session_transaction() as before:
        before["planted"] = "by somebody else"
    post(client)
    with client.session_transaction() as after:
        assert "planted" not in after


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/inbox?x=1", "/inbox?x=1"),
        ("//elsewhere.example.org", "/"),
        ("https://elsewhere.example.org/", "/"),
        ("/\\elsewhere.example.org", "/"),
    ],
)
def test_it_goes_on_to_our_own_pages_only(
    client: FlaskClient, world: World, wanted: str, goes_to: str
) -> None:
    assert post(client, query_string={"next": wanted}).headers["Location"] == goes_to


def test_it_signs_off_after_a_quarter_of_an_hour_without_a_person(
    sign_in: SignInAs, world: World, clock: Any
) -> None:
    ana = sign_in(world.ana)
    for _ in range(3):
        clock.advance(minutes=5)
        ana.get("/bell", headers={AUTOMATIC: "1"})  # the page asks by itself
    assert not is_in(ana)


def test_it_stays_while_somebody_works_but_no_longer_than_a_day(
    sign_in: SignInAs, world: World, clock: Any
) -> None:
    ana = sign_in(world.ana)
    for _ in range(70):
        clock.advance(minutes=10)
        assert is_in(ana)
    clock.advance(minutes=10)
    clock.advance(minutes=10)
    assert not is_in(ana)


def test_it_ends_the_session_on_the_server_when_signing_out(
    app: Flask, sign_in: SignInAs, world: World
) -> None:
    ana, thief = sign_in(world.ana), app.test_client()
    stolen = ana.get_cookie("touchline")
    assert stolen is not None
    thief.set_cookie("touchline", stolen.value)
    assert is_in(thief)
    assert ana.post("/sign-out").status_code == 303
    assert not is_in(thief)
    kinds = set(db.session.scalars(select(Event.kind)))
    assert {"user.signed_in", "user.signed_out"} <= kinds


@pytest.mark.parametrize("change", [{"is_active": False}, {"session_epoch": 7}])
def test_it_ends_every_session_of_a_disabled_or_reset_user(
    sign_in: SignInAs, world: World, change: dict[str, Any]
) -> None:
    ana = sign_in(world.ana)
    assert is_in(ana)
    with transaction():
        user = db.session.get_one(User, (world.practice.id, world.ana.id))
        for name, value in change.items():
            setattr(user, name, value)
    assert not is_in(ana)
    assert ana.get("/bell", headers={"HX-Request": "true"}).status_code == 401


def test_it_takes_a_new_role_at_once(sign_in: SignInAs, world: World) -> None:
    ana = sign_in(world.ana)
    with transaction():
        db.session.get_one(User, (world.practice.id, world.ana.id)).role = Role.ANALYST
    assert ana.get("/bell").status_code == 403


def test_it_moves_between_practices_of_one_sign_in(
    sign_in: SignInAs, world: World, clock: Any
) -> None:
    with transaction():
        users.create(world.other_practice, ANA, "Ana Alvarez", Role.NAVIGATOR, None,
                     by=SYSTEM, at=clock.now)  # fmt: skip
    ana = sign_in(world.ana)
    assert f"Go to {world.other_practice.name}" in ana.get("/").text
    ana.post("/seat", data={"practice_id": str(world.other_practice.id)})
    there = ana.get("/").text
    assert world.other_practice.name in there
    assert f"Go to {world.practice.name}" in there
    db.session.rollback()
    ended = db.session.scalars(select(StaffSession.ended_at).order_by(StaffSession.started_at))
    assert sorted(at is None for at in ended) == [False, True]


def test_it_does_not_move_to_a_practice_of_others(sign_in: SignInAs, world: World) -> None:
    ana = sign_in(world.ana)
    answer = ana.post("/seat", data={"practice_id": str(world.other_practice.id)})
    assert answer.status_code == 404
    assert world.practice.name in ana.get("/").text


def test_it_slows_down_who_tries_many_times(client: FlaskClient, world: World) -> None:
    answers = [post(client, ANA, "x").status_code for _ in range(21)]
    assert answers[0] == 422
    assert answers[-1] == 429


def test_it_sends_an_analyst_to_the_reports(sign_in: SignInAs, world: World) -> None:
    assert sign_in(world.anton).get("/").headers["Location"] == "/reports"


@pytest.mark.parametrize(("hops", "others"), [(0, 429), (1, 303)])
def test_it_tells_visitors_apart_behind_a_proxy_it_knows_of(
    make_app: Callable[..., Flask], world: World, hops: int, others: int
) -> None:
    """What a visitor wrote before the proxy's own entry is not believed."""
    behind = make_app(proxy_hops=hops)
    behind.config["WTF_CSRF_ENABLED"] = False
    client = behind.test_client()

    def tries(email: str, seen_by_proxy: str, forged: str) -> int:
        headers = {"X-Forwarded-For": f"{forged}, {seen_by_proxy}"}
        return int(post(client, email, headers=headers).status_code)

    wrong = [tries(f"x{n}@harbor.example.org", "198.51.100.1", f"203.0.113.{n}") for n in range(61)]
    assert wrong == [422] * 60 + [429]
    assert tries(ANA, "198.51.100.2", "203.0.113.1") == others
