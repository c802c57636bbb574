"""Lines as an admin keeps them: another one, a replaced token, a mistyped number, off and on again."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.event import Event
from app.models.practice import Line, LineDirectory
from app.models.user import User
from tests.phones import Phones
from tests.world import LINE, World, look_again

SignInAs = Callable[[User], FlaskClient]
SID, TOKEN = "AC" + "c" * 32, "a-token-nobody-reads"


@pytest.fixture
def adam(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.adam)


def lines(world: World) -> dict[str, Line]:
    look_again()
    rows = db.session.scalars(select(Line).where(Line.practice_id == world.practice.id))
    return {line.number: line for line in rows}


def listed(world: World) -> set[tuple[str, str]]:
    rows = select(LineDirectory).where(LineDirectory.practice_id == world.practice.id)
    return {(entry.account_sid, entry.number) for entry in db.session.scalars(rows)}


def said(kind: str = "line.changed") -> list[dict[str, Any]]:
    rows = select(Event.facts).where(Event.kind == kind).order_by(Event.id)
    return [dict(facts) for facts in db.session.scalars(rows)]


def test_another_line_is_added_and_found_by_what_comes_in(adam: FlaskClient, world: World) -> None:
    assert "Another line" in adam.get("/settings").text
    assert "Its auth token" in adam.get("/settings/lines/new").text
    form = {"label": "Refills", "number": "(503) 555-0177", "account_sid": SID, "auth_token": TOKEN}
    assert adam.post("/settings/lines", data=form).status_code == 303
    line = lines(world)["+15035550177"]
    assert (line.label, line.account_sid, line.auth_token) == ("Refills", SID, TOKEN)
    assert (SID, "+15035550177") in listed(world)
    again = adam.post("/settings/lines", data=form | {"account_sid": "", "auth_token": ""})
    assert (again.status_code, "set up as a line already" in again.text) == (422, True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"number": "5"}, "number"),
        ({"account_sid": SID}, "both its SID and its token"),
        ({"account_sid": "AC1", "auth_token": TOKEN}, "AC and 32 hex digits"),
    ],
)
def test_it_refuses_half_an_account_and_keeps_what_was_typed(
    adam: FlaskClient, world: World, change: dict[str, str], told: str
) -> None:
    form = {"label": "Refills", "number": "+15035550177"} | change
    answer = adam.post("/settings/lines", data=form)
    assert (answer.status_code, told in answer.text, "Refills" in answer.text) == (422, True, True)
    assert TOKEN not in answer.text
    assert set(lines(world)) == {LINE}


def test_an_account_and_its_token_are_replaced_without_being_told(
    adam: FlaskClient, world: World
) -> None:
    page = f"/settings/lines/{world.line.id}/account"
    form = {"number": LINE, "account_sid": SID, "auth_token": TOKEN}
    assert adam.post(page, data=form).status_code == 303
    assert listed(world) == {(SID, LINE)}
    assert TOKEN not in adam.get(page).text
    assert adam.post(page, data=form | {"auth_token": ""}).status_code == 303  # nothing differs
    assert adam.post(page, data=form | {"auth_token": "the-next"}).status_code == 303
    assert lines(world)[LINE].auth_token == "the-next"
    first, second = said()
    assert first["after"] == {"account_sid": SID, "auth_token": "replaced"}
    assert second == {"before": {}, "after": {"auth_token": "replaced"}}
    assert adam.post(page, data={"number": LINE}).status_code == 303  # back to the server's own
    assert (lines(world)[LINE].auth_token, listed(world)) == (None, {("", LINE)})


def test_a_mistyped_number_is_put_right_until_a_text_went_over_it(
    adam: FlaskClient, world: World, phones: Phones
) -> None:
    page = f"/settings/lines/{world.line.id}/account"
    assert adam.post(page, data={"number": "+15035550178"}).status_code == 303
    assert listed(world) == {("", "+15035550178")}
    assert adam.post(page, data={"number": LINE}).status_code == 303
    phones.text(world.sam, "Hello")
    assert "so it stays" in adam.get(page).text
    answer = adam.post(page, data={"number": "+15035550178"})
    assert (answer.status_code, "as another line" in answer.text) == (422, True)
    assert set(lines(world)) == {LINE}


def test_it_is_switched_off_and_on_again(adam: FlaskClient, world: World) -> None:
    page = f"/settings/lines/{world.line.id}/active"
    assert adam.delete(page).status_code in (204, 303)
    assert lines(world)[LINE].is_active is False
    assert "Switch on" in adam.get("/settings").text
    assert adam.post(page).status_code in (204, 303)
    assert lines(world)[LINE].is_active is True
    assert [facts["after"] for facts in said()] == [{"is_active": False}, {"is_active": True}]


@pytest.mark.parametrize("path", ["account", "active"])
def test_another_practices_line_is_not_there(adam: FlaskClient, world: World, path: str) -> None:
    form = {"number": "+15035550178"}
    answer = adam.post(f"/settings/lines/{world.other_line.id}/{path}", data=form)
    assert answer.status_code == 404
