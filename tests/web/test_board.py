"""The board's page: my day, the columns, what a fragment is, "show more", and the bell."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.actions import conversations, tasks
from app.core.db import db, transaction
from app.models.task import Evidence, Task, TaskType
from app.models.user import User
from app.queries import board as board_reads
from tests.phones import Phones
from tests.world import World

SignInAs = Callable[[User], FlaskClient]
FRAGMENT = {"HX-Request": "true"}


def add(world: World, clock: Any, patient: Any, **details: Any) -> Task:
    with transaction():
        return tasks.create(
            db.session.merge(patient), TaskType.MEDICATION_RECEIVED, by=world.system.actor,
            at=clock.now, **details,
        )  # fmt: skip


def test_it_opens_on_my_day_with_the_waiting_first(
    ana: FlaskClient, world: World, clock: Any
) -> None:
    add(world, clock, world.rosa, ask_first=False)
    with transaction():
        thread = conversations.thread_of(db.session.merge(world.sam), at=clock.now)
        thread.hear(at=clock.now - timedelta(minutes=35))
    text = ana.get("/").text
    assert text.index("Sam Porter") < text.index("Rosa Jimenez")
    assert "Waits 35 min" in text
    assert "Call the patient" in text


def test_it_puts_an_unknown_number_in_line_by_how_long_it_waits(
    sign_in: SignInAs, world: World, clock: Any
) -> None:
    phones = Phones(world, clock)
    phones.text(world.sam, "Hello, can you help me?")
    clock.advance(minutes=20)
    phones.text("+15035550177", "Is this the clinic?")
    clock.advance(minutes=5)
    phones.text(world.rosa, "Necesito ayuda con algo")
    text = sign_in(world.ana).get("/").text
    places = [text.index(name) for name in ("Sam Porter", "(503) 555-0177", "Rosa Jimenez")]
    assert places == sorted(places)
    assert "Hello, can you help me?" in text
    assert "Is this the clinic?" in text
    phones.text(world.rosa, "Me duele el pecho")
    text = sign_in(world.ana).get("/").text
    assert text.index("Rosa Jimenez") < text.index("Urgent words") < text.index("Sam Porter")
    add(world, clock, world.rosa, ask_first=False)
    for view in ("columns", "due"):
        assert "Urgent words" in sign_in(world.ana).get(f"/?view={view}").text


def test_it_says_overdue_in_words_not_only_in_colour(
    sign_in: SignInAs, world: World, clock: Any
) -> None:
    add(world, clock, world.rosa)
    clock.advance(days=8)
    text = sign_in(world.ana).get("/?view=columns&q=jimenez").text
    assert re.search(r"<strong>Overdue</strong>\s+since", text)
    column = text.index("1 overdue")
    assert text.index('id="column-doing"') < column < text.index('id="column-hold"')
    link = re.search(r'class="chip chip-overdue" href="([^"]+)"', text)
    assert link is not None
    assert {"due=overdue", "q=jimenez"} <= set(re.split(r"[?&;]", link[1]))


def test_it_gives_a_fragment_only_the_board(ana: FlaskClient, world: World, clock: Any) -> None:
    add(world, clock, world.rosa)
    text = ana.get("/?view=columns", headers=FRAGMENT).text
    assert text.lstrip().startswith('<div id="board"')
    assert "<html" not in text
    assert "Rosa Jimenez" in text


def test_it_refreshes_itself_within_what_it_was_narrowed_to(
    ana: FlaskClient, world: World, clock: Any
) -> None:
    add(world, clock, world.rosa)
    add(world, clock, world.sam)
    text = ana.get("/?view=columns&q=porter&owner=none", headers=FRAGMENT).text
    assert "Sam Porter" in text
    assert "Rosa" not in text
    assert 'hx-get="/?view=columns&amp;owner=none&amp;q=porter"' in text


def test_it_shows_more_and_keeps_it_shown_when_refreshed(
    ana: FlaskClient, world: World, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_reads, "PAGE", 2)
    for _ in range(5):
        add(world, clock, world.rosa, ask_first=False)
    first = ana.get("/?view=columns", headers=FRAGMENT).text
    more = re.search(r'hx-get="(/board/columns/todo[^"]+)"', first)
    assert first.count('class="task-card') == 2
    assert more is not None
    second = ana.get(more[1].replace("&amp;", "&"), headers=FRAGMENT).text
    assert second.count('class="task-card') >= 1
    assert '<input type="hidden" name="shown" value="todo">' in second
    both = ana.get("/?view=columns&shown=todo", headers=FRAGMENT).text
    assert both.count('class="task-card') == 4


def test_it_knows_only_its_own_columns(ana: FlaskClient) -> None:
    assert ana.get("/board/columns/elsewhere").status_code == 404


def test_it_tells_kindly_that_the_day_is_clear(ana: FlaskClient) -> None:
    assert "Your day is clear" in ana.get("/").text
    assert "Nothing matches" in ana.get("/?due=overdue").text


@pytest.mark.parametrize("page", ["/", "/bell", "/bell/count", "/tasks/new", "/board/columns/todo"])
def test_it_is_no_place_for_an_analyst(sign_in: SignInAs, world: World, page: str) -> None:
    answer = sign_in(world.anton).get(page)
    assert answer.status_code in (302, 403)


def test_it_rings_for_what_needs_this_person_only(
    sign_in: SignInAs, world: World, clock: Any
) -> None:
    add(world, clock, world.rosa, ask_first=False)
    assert "1 task is your turn" in sign_in(world.ana).get("/bell").text
    assert "Nothing needs you" in sign_in(world.ben).get("/bell").text


def test_it_names_the_topics_at_the_numbers_it_was_drawn_with(
    ana: FlaskClient, world: World, clock: Any
) -> None:
    drawn = re.search(r'data-topics="board@(\d+)"', ana.get("/").text)
    assert drawn is not None
    known = f"board@{drawn[1]}"
    assert ana.get("/topics", query_string={"watch": known}).json["moved"] == {}
    add(world, clock, world.rosa)
    moved = ana.get("/topics", query_string={"watch": known}).json["moved"]
    assert moved["board"] > int(drawn[1])


def test_it_tells_outsiders_nothing_about_topics_that_are_not_theirs(
    sign_in: SignInAs, world: World, clock: Any
) -> None:
    add(world, clock, world.rosa)
    topic = f"patient:{world.rosa.id}"
    asked = {"watch": [f"{topic}@0", "patient:nonsense@0", "patient:", "x"]}
    assert topic in sign_in(world.ana).get("/topics", query_string=asked).json["moved"]
    for outsider in (world.ben, world.cara):
        answer = sign_in(outsider).get("/topics", query_string=asked).json
        assert answer["moved"] == {}
        assert topic in answer["gone"]


def test_it_says_how_a_closed_card_is_known(world: World, sign_in: SignInAs, clock: Any) -> None:
    """The grade of the evidence, whose phone it came from, and how late it was."""
    task = add(world, clock, world.sam)
    assert "Patient confirmed it" not in sign_in(world.ana).get("/?view=columns").text
    clock.advance(days=10)
    with transaction():
        tasks.complete(
            db.session.merge(task), outcome="received", evidence=Evidence.PATIENT_CONFIRMED,
            by=world.system.actor, at=clock.now, from_shared_phone=True,
        )  # fmt: skip
    board = sign_in(world.ana).get("/?view=columns").text
    assert re.search(r"Patient confirmed it, from a shared phone; \d+ days late", board)
