"""A line's settings: who answers STOP holds from the next one on; odd values are refused and lose nothing."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db
from app.models.event import Event
from app.models.message import Message
from app.models.practice import Line, StopOwner
from app.models.user import User
from tests.phones import Phones
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
FORM = {"label": "Refills", "segments_per_second": "2.5", "stop_owner": "us"}


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def line(world: World) -> Line:
    look_again()
    return db.session.get_one(Line, (world.practice.id, world.line.id), populate_existing=True)


def answers_to_stop(world: World) -> list[str]:
    look_again()
    rows = select(Message.body).where(Message.confirms_opt_out)
    return list(db.session.scalars(rows))


def test_a_lead_changes_it_and_what_stood_there_is_kept(lea: FlaskClient, world: World) -> None:
    page = f"/settings/lines/{world.line.id}"
    assert 'href="' + page in lea.get("/settings").text
    assert "Who answers STOP and HELP" in lea.get(page).text
    assert lea.post(page, data=FORM).status_code == 303
    now = line(world)
    assert (now.label, now.segments_per_second, now.stop_owner) == ("Refills", 2.5, StopOwner.US)
    (facts,) = db.session.scalars(select(Event.facts).where(Event.kind == "line.changed"))
    assert facts["before"]["stop_owner"] == "carrier"
    assert "Touchline" in lea.get(page).text


def test_the_next_stop_is_answered_by_whoever_is_chosen(
    lea: FlaskClient, world: World, phones: Phones
) -> None:
    phones.text(world.sam, "STOP")
    assert answers_to_stop(world) == []
    assert lea.post(f"/settings/lines/{world.line.id}", data=FORM).status_code == 303
    phones.text(world.rosa, "STOP")
    assert len(answers_to_stop(world)) == 1


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("segments_per_second", "fast", "Write a number"),
        ("segments_per_second", "nan", "Write a number"),
        ("segments_per_second", "0", "more than 0"),
        ("segments_per_second", "5000", "at most 1000"),
        ("stop_owner", "nobody", "Choose who answers"),
        ("label", "x" * 61, "at most 60"),
    ],
)
def test_it_refuses_what_makes_no_sense_and_keeps_what_was_typed(
    lea: FlaskClient, world: World, field: str, value: str, told: str
) -> None:
    answer = lea.post(f"/settings/lines/{world.line.id}", data=FORM | {field: value})
    assert answer.status_code == 422
    assert told in answer.text
    assert value in answer.text or field == "stop_owner"
    assert line(world).stop_owner is StopOwner.CARRIER


def test_it_writes_nothing_when_nothing_differs(lea: FlaskClient, world: World) -> None:
    same = {"label": world.line.label, "segments_per_second": f"{world.line.segments_per_second:g}",
            "stop_owner": "carrier"}  # fmt: skip
    assert lea.post(f"/settings/lines/{world.line.id}", data=same).status_code == 303
    look_again()
    assert not list(db.session.scalars(select(Event).where(Event.kind == "line.changed")))


@pytest.mark.parametrize("ask", ["get", "post"])
def test_another_practices_line_is_not_there(lea: FlaskClient, world: World, ask: str) -> None:
    assert world.other_line.practice_id != world.practice.id  # else this proves nothing
    answer = getattr(lea, ask)(f"/settings/lines/{world.other_line.id}", data=FORM)
    assert answer.status_code == 404
    look_again()
    rows = select(Line.label).where(Line.id == world.other_line.id)
    assert db.session.scalars(rows).one() != FORM["label"]
