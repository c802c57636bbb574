"""The measures pages: every figure, each opening its rows, for a lead, a navigator and an analyst."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.core.db import db, transaction
from app.models.task import TaskType
from app.models.user import User
from app.value.own_measures import MEASURES
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World

SignInAs = Callable[[User], FlaskClient]
HERE = "/reports/measures"
MEDICATION = f"{HERE}/medication-received"


@pytest.fixture
def lea(sign_in: SignInAs, world: World, phones: Phones) -> FlaskClient:
    """Two medications asked for, one received; Tom's is another team's."""
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "1")
    phones.ask(world.tom, TaskType.MEDICATION_RECEIVED)
    return sign_in(world.lea)


def words(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.text.split())


def test_it_lists_every_measure_with_every_figure(lea: FlaskClient) -> None:
    text = words(lea, HERE)
    for measure in MEASURES:
        assert measure.title in text
    for head in ("Rate", "Numerator", "Denominator", "Not met", "Unknown", "Excluded"):
        assert f">{head}</th>" in text
    assert "50.0 %" in text


def test_each_number_opens_the_rows_behind_it(lea: FlaskClient) -> None:
    for address in linked(lea.get(HERE).text):
        assert "<tbody>" in words(lea, address)
    met = words(lea, f"{MEDICATION}/cases?verdict=met")
    assert "Sam Porter" in met
    assert "Tom Baker" not in met
    unknown = words(lea, f"{MEDICATION}/cases?verdict=unknown&by=team&group=Pier+team")
    assert "Tom Baker" in unknown
    assert "1 row," in unknown


def linked(text: str) -> list[str]:
    found = [part.split('"')[0] for part in text.split('href="')[1:]]
    cases = [address.replace("&amp;", "&") for address in found if "/cases?" in address]
    assert cases
    return cases


def test_it_breaks_down_by_what_is_asked_for(lea: FlaskClient) -> None:
    assert "Harbor team" in words(lea, f"{MEDICATION}?by=team")
    assert "Cascade Health Plan" in words(lea, f"{MEDICATION}?by=payer")
    assert "2026-03" in words(lea, f"{MEDICATION}?by=month")
    assert "Not recorded" in words(lea, f"{MEDICATION}?by=payer")
    assert "Harbor team" in words(lea, f"{MEDICATION}?by=nonsense&from=odd&to=2026-99-01&week=x")


def test_a_period_with_nothing_in_it_says_what_to_do(lea: FlaskClient) -> None:
    assert "Choose a longer period" in words(lea, f"{MEDICATION}?from=2025-01-01&to=2025-01-31")
    assert "No rows" in words(lea, f"{MEDICATION}/cases?verdict=not_met")
    assert "No rows" in words(lea, f"{MEDICATION}/cases?page=77")


def test_there_is_no_measure_of_another_name(lea: FlaskClient) -> None:
    for address in (f"{HERE}/hope", f"{HERE}/hope/cases"):
        assert lea.get(address).status_code == 404


def test_a_navigator_counts_their_patients_and_an_analyst_everybody_without_names(
    lea: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    ben = words(sign_in(world.ben), f"{MEDICATION}/cases")
    assert "Tom Baker" in ben
    assert "Sam Porter" not in ben
    anton = words(sign_in(world.anton), f"{MEDICATION}/cases")
    assert "2 rows," in anton
    assert "Sam" not in anton
    assert str(world.sam.id)[-8:] in anton
    assert "/patients/" not in anton.partition('class="log cases"')[2]


def test_looking_at_rows_is_written_down(lea: FlaskClient, world: World) -> None:
    from app.models.looks import AccessLog

    before = db.session.query(AccessLog).count()
    lea.get(f"{MEDICATION}/cases")
    with transaction():
        assert db.session.query(AccessLog).count() > before


def test_the_rows_come_a_page_at_a_time(
    lea: FlaskClient, phones: Phones, world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queries.measure_list.PAGE", 1)
    first = words(lea, f"{MEDICATION}/cases")
    assert "page=2" in first
    second = words(lea, f"{MEDICATION}/cases?page=2")
    assert ("Sam Porter" in first) != ("Sam Porter" in second)
    assert "page=3" not in second
