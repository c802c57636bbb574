"""The pages of a protocol: read by everyone, changed by leads and admins, with versions to go back to and a
try on last month."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.protocol import Protocol
from app.models.task import TaskType
from app.models.user import User
from tests.conftest import Clock
from tests.forms import as_sent
from tests.world import World, look_again

PAGE = "/settings/protocols/medication_received"
HTMX = {"HX-Request": "true"}
FORM: dict[str, Any] = {
    "version": "1", "due_days": "3", "due_rule": "business_days", "counted_from": "created",
    "start_days": "", "start_time": "10:00", "yes_means": "complete", "yes_outcome": "received",
    "no_means": "ask_why", "no_outcome": "", "again_days": "1", "again_from": "remind",
    "step-0-key": "ask", "step-0-action": "text", "step-0-template": "medication_received.ask",
    "step-0-wait": "1", "step-0-next": "other_time_of_day",
    "step-1-key": "remind", "step-1-action": "text",
    "step-1-template": "medication_received.remind", "step-1-wait": "1", "step-1-next": "morning",
    "step-2-key": "call", "step-2-action": "call", "step-2-template": "", "step-2-wait": "1",
    "step-2-next": "same_time", "why": "Fewer texts", "do": "save",
}  # fmt: skip


@pytest.fixture
def lea(world: World, sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(world.lea)


def in_force(world: World, kind: str = "medication_received") -> Protocol:
    look_again()
    return db.session.scalars(
        select(Protocol).where(
            Protocol.practice_id == world.practice.id, Protocol.task_type == TaskType(kind),
            Protocol.is_current,
        )
    ).one()  # fmt: skip


def test_it_tells_every_protocol_in_sentences_to_everyone(ana: FlaskClient) -> None:
    text = ana.get("/settings/protocols").text
    for words in ("Home from the hospital", "Due 2 business days after the day it happened",
                  "2 separate attempts in time are on record", "Missed visit, new day"):  # fmt: skip
        assert words in text
    assert f"{PAGE}/edit" not in text  # a navigator reads, and changes nothing


@pytest.mark.parametrize("kind", list(TaskType))
def test_it_saves_nothing_when_nothing_is_changed(
    lea: FlaskClient, world: World, kind: str
) -> None:
    """The form says exactly what the definition says: sent back as it is, nothing is different."""
    page = lea.get(f"/settings/protocols/{kind}/edit").text
    answer = lea.post(f"/settings/protocols/{kind}/edit", data=as_sent(page) | {"why": "x"})
    assert answer.status_code == 422
    assert "Nothing is different from the version in force." in answer.text


def test_it_saves_a_new_version_and_says_so(lea: FlaskClient, world: World) -> None:
    form = FORM | {"step-1-wait": "3", "due_days": "5", "step-1-valid": "24"}
    answer = lea.post(f"{PAGE}/edit", data=form)
    assert answer.status_code == 303
    row = in_force(world)
    assert (row.version, row.why, row.made_by_id) == (2, "Fewer texts", world.lea.id)
    assert (row.definition["steps"][1]["wait_days"], row.definition["due"]["days"]) == (3, 5)
    steps = row.definition["steps"]
    assert [steps[n]["valid_hours"] for n in (0, 1)] == [48, 24]
    assert 'name="step-1-valid"' in lea.get(f"{PAGE}/edit").text
    page = lea.get(f"{PAGE}/versions").text
    for words in ("Lea Lindqvist", "Fewer texts", "Due 5 business days", "Shipped with Touchline"):
        assert words in page
    assert "Due 3 business days" in lea.get(f"{PAGE}/versions/1").text


def test_it_moves_adds_and_removes_steps_without_losing_what_was_typed(
    lea: FlaskClient, world: World
) -> None:
    moved = lea.post(f"{PAGE}/edit", data=FORM | {"do": "up-2", "why": "As typed"}).text
    sent = as_sent(moved)
    assert [sent[f"step-{n}-key"] for n in range(3)] == ["ask", "call", "remind"]
    assert sent["why"] == "As typed"
    assert 'id="step-1-up" name="do" value="up-1" formnovalidate  autofocus' in moved
    added = as_sent(lea.post(f"{PAGE}/edit", data=FORM | {"do": "add"}).text)
    assert (added["step-3-action"], added["step-3-key"]) == ("call", "step_1")
    removed = as_sent(lea.post(f"{PAGE}/edit", data=FORM | {"do": "remove-0"}).text)
    assert removed["step-0-key"] == "remind"
    assert "step-2-key" not in removed
    assert in_force(world).version == 1
    for odd in ("up-0", "down-2", "up-x", "remove-99", "dance", "add-"):
        assert lea.post(f"{PAGE}/edit", data=FORM | {"do": odd}).status_code == 200, odd


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"due_days": "soon"}, "Write a whole number from 0 to 366."),
        ({"step-0-template": ""}, "Choose the words of this message."),
        ({"step-0-template": "no_show.ask"}, "Choose the words of this message."),
        ({"step-1-wait": "99"}, "Write a whole number from 0 to 30."),
        ({"step-1-valid": "0"}, "Write a whole number from 1 to 240."),
        ({"step-1-action": "pigeon"}, "steps.1.action"),
        ({"again_from": "gone"}, "Choose one of the steps"),
        ({"yes_outcome": ""}, "Choose the outcome a yes leads to."),
        ({"no_means": "complete"}, "Choose the outcome a no leads to."),
        ({"start_time": "noon"}, "Write a time of day like 10:00."),
        ({"why": ""}, "Say why it is changed."),
    ],
)
def test_it_says_what_is_wrong_and_saves_nothing(
    lea: FlaskClient, world: World, change: dict[str, str], words: str
) -> None:
    answer = lea.post(f"{PAGE}/edit", data=FORM | {"due_days": "4"} | change)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Nothing was saved." in answer.text
    assert in_force(world).version == 1


def test_it_refuses_a_protocol_without_steps(lea: FlaskClient) -> None:
    bare = {name: value for name, value in FORM.items() if not name.startswith("step-")}
    assert "needs at least one step" in lea.post(f"{PAGE}/edit", data=bare).text


def test_it_does_not_overwrite_what_another_lead_saved(lea: FlaskClient, world: World) -> None:
    lea.post(f"{PAGE}/edit", data=FORM | {"due_days": "5"})
    answer = lea.post(f"{PAGE}/edit", data=FORM | {"due_days": "7"})
    assert answer.status_code == 409
    assert "Version 2 was saved meanwhile." in answer.text
    assert in_force(world).version == 2


def test_it_goes_back_to_an_earlier_version(lea: FlaskClient, world: World) -> None:
    lea.post(f"{PAGE}/edit", data=FORM | {"due_days": "5"})
    assert lea.post(f"{PAGE}/versions/1/restoration", data={"why": "Too slow"}).status_code == 303
    row = in_force(world)
    assert (row.version, row.why, row.definition["due"]["days"]) == (3, "Too slow", 3)


def test_it_says_on_the_card_which_version_a_running_task_keeps(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    with transaction():
        task = tasks.create(world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
    assert "Protocol version 1" in lea.get(f"/tasks/{task.id}").text
    lea.post(f"{PAGE}/edit", data=FORM | {"due_days": "5"})
    text = lea.get(f"/tasks/{task.id}").text
    assert "keeps version 1; new tasks begin with version 2" in text


def test_it_tries_a_change_on_last_month_without_saving_it(
    lea: FlaskClient, world: World, clock: Clock
) -> None:
    with transaction():
        tasks.create(
            world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now - timedelta(days=14)
        )
    change = {"step-0-action": "call", "step-0-template": ""}
    text = lea.post(f"{PAGE}/dry-run", data=FORM | change, headers=HTMX).text
    assert "<html" not in text
    assert "February 2026: 1 of 1 task" in text
    assert f'href="/patients/{world.sam.id}"' in text
    assert "With the change" in text
    assert in_force(world).version == 1
    odd = lea.post(f"{PAGE}/dry-run", data=FORM | {"step-0-wait": "x"}, headers=HTMX)
    assert odd.status_code == 422
    assert "Step 1: Write a whole number" in odd.text
    assert "nothing to try it on" in lea.post(
        "/settings/protocols/no_show/dry-run", data=as_sent(lea.get("/settings/protocols/no_show/edit").text),
    ).text  # fmt: skip


def test_it_knows_no_other_kinds(lea: FlaskClient) -> None:
    for path in ("edit", "versions", "versions/1"):
        assert lea.get(f"/settings/protocols/dance/{path}").status_code == 404
    assert lea.get(f"{PAGE}/versions/7").status_code == 404
