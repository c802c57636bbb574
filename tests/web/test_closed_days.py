"""Opening hours over midnight, and closed days by name: added, removed, copied from the year before."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import opening
from app.core.db import db
from app.models.event import Event
from app.models.practice import Practice
from app.models.task_deadline import closed_days
from app.models.user import User
from tests.web.test_settings import FORM
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
PAGE = "/settings/holidays"


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def practice(world: World) -> Practice:
    look_again()
    return db.session.get_one(Practice, world.practice.id)


def at(day: int, hour: int) -> datetime:
    """In March 2026, by the clock in Portland in winter."""
    return datetime(2026, 3, day, hour + 8 if hour < 16 else hour - 16, tzinfo=UTC) if hour < 16 else (
        datetime(2026, 3, day + 1, hour - 16, tzinfo=UTC))  # fmt: skip


def test_it_is_open_over_midnight_and_in_two_windows_a_day(lea: FlaskClient, world: World) -> None:
    hours = {
        "hours-0": "08:00-12:00, 22:00-06:00",
        "hours-1": "06:00-10:00",
        "hours-3": "00:00-24:00",
    }
    assert lea.post("/settings/practice", data=FORM | hours).status_code == 303
    is_open = {
        (day, hour): opening.closed_at(practice(world), at=at(day, hour)) is None
        for day, hour in ((2, 9), (2, 15), (2, 23), (3, 3), (3, 7), (3, 11), (5, 0), (5, 23), (6, 0))
    }  # fmt: skip
    assert is_open == {
        (2, 9): True, (2, 15): False, (2, 23): True, (3, 3): True, (3, 7): True, (3, 11): False,
        (5, 0): True, (5, 23): True, (6, 0): False,
    }  # fmt: skip
    page = " ".join(lea.get("/settings").text.split())
    assert "22:00 to 06:00 the next day" in page
    assert "00:00 to 24:00" in page
    assert "22:00-06:00" in lea.get("/settings/practice").text


def test_it_lists_public_holidays_and_adds_its_own(lea: FlaskClient, world: World) -> None:
    page = lea.get(f"{PAGE}?year=2026").text
    assert "Thanksgiving" in page
    answer = lea.post(PAGE, data={"day": "2026-12-24", "name": " Christmas  Eve "})
    assert answer.status_code == 303
    assert practice(world).closed_on == ["2026-12-24"]
    assert "Christmas Eve" in lea.get(PAGE).text
    assert "Christmas Eve (2026-12-24)" in lea.get("/settings").text
    said = db.session.scalars(select(Event.facts).where(Event.kind == "practice.changed")).one()
    assert said["after"]["closed_names"] == {"2026-12-24": "Christmas Eve"}
    assert said["before"]["closed_on"] == []
    for form, words in (
        ({"day": "2026-12-24", "name": "Again"}, "on the list already"),
        ({"day": "2026-12-31", "name": " "}, "what the day is called"),
        ({"day": "someday", "name": "Feast"}, "Choose the day"),
        ({"day": "2062-12-24", "name": "Feast"}, "Check the year"),
    ):
        wrong = lea.post(PAGE, data=form)
        assert wrong.status_code == 422
        assert words in wrong.text


def test_it_copies_last_years_days_once_and_takes_one_back(lea: FlaskClient, world: World) -> None:
    for day, name in (("2026-07-03", "Retreat"), ("2026-12-24", "Christmas Eve")):
        lea.post(PAGE, data={"day": day, "name": name})
    lea.post(PAGE, data={"day": "2027-12-24", "name": "Our own Christmas Eve"})
    for _ in range(2):
        assert lea.post(f"{PAGE}/copies", data={"year": "2027"}).status_code == 303
    now = practice(world)
    assert now.closed_on == ["2026-07-03", "2026-12-24", "2027-07-03", "2027-12-24"]
    assert now.closed_names["2027-07-03"] == "Retreat"
    assert now.closed_names["2027-12-24"] == "Our own Christmas Eve"
    lea.delete(f"{PAGE}/2027-07-03", headers={"HX-Request": "true"})
    assert "2027-07-03" not in practice(world).closed_on
    assert lea.post(f"{PAGE}/copies", data={"year": "2062"}).status_code == 422


def test_it_works_on_a_public_holiday_every_year_and_keeps_its_states(
    lea: FlaskClient, world: World
) -> None:
    year, columbus = date(2026, 1, 1), (date(2026, 10, 12), date(2027, 10, 11))
    assert set(columbus) <= closed_days(practice(world), year)
    answer = lea.post(f"{PAGE}/public", data={"name": "Columbus Day", "keeps": "no"})
    assert answer.status_code == 303
    assert not set(columbus) & closed_days(practice(world), year)
    assert practice(world).open_on == ["Columbus Day"]
    assert lea.get(PAGE).text.count(", open</span>") == 1
    monday = datetime(2026, 10, 12, 18, tzinfo=UTC)
    lea.post("/settings/practice", data=FORM | {"hours-0": "08:00-17:00"})
    assert opening.closed_at(practice(world), at=monday) is None
    lea.post(f"{PAGE}/public", data={"name": "Columbus Day", "keeps": "yes"})
    assert opening.closed_at(practice(world), at=monday) is not None
    assert lea.post(f"{PAGE}/public", data={"name": "Feast", "keeps": "no"}).status_code == 422
    lea.post(f"{PAGE}/place", data={"subdivision": "CA"})
    assert date(2026, 3, 31) in closed_days(practice(world), year)  # Cesar Chavez Day
    assert lea.post(f"{PAGE}/place", data={"subdivision": "QQ"}).status_code == 422
    assert practice(world).subdivision == "CA"


def test_it_shows_another_practice_nothing_of_ours(
    lea: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    lea.post(PAGE, data={"day": "2026-12-24", "name": "Harbor feast"})
    assert "Harbor feast" in lea.get(PAGE).text
    assert "Harbor feast" not in sign_in(world.cara).get(PAGE).text
    assert sign_in(world.ana).post(PAGE, data={"day": "2026-12-31", "name": "X"}).status_code == 403
