"""Names and birth dates in what somebody writes who is not known."""

from datetime import date

import pytest

from app.queries.introductions import read

pytestmark = pytest.mark.pure
TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Hi, this is Rosa Diaz. I have a new phone", ("rosa", "diaz")),
        ("this is rosa diaz", ("rosa", "diaz")),
        ("Hola, soy José Muñoz", ("jose", "munoz")),
        ("New number - Sean O'Brien", ("sean", "obrien")),
        ("it's Diaz, Rosa", ("diaz", "rosa")),
        ("me llamo rosa diaz y tengo una pregunta", ("rosa", "diaz")),
    ],
)
def test_it_finds_a_whole_name(text: str, pair: tuple[str, str]) -> None:
    assert pair in read([text], today=TODAY).pairs


@pytest.mark.parametrize(
    ("text", "names"),
    [("This is Rosa", ("rosa",)), ("I'm sorry, I am late", ()), ("When do I come in?", ())],
)
def test_it_takes_a_first_name_only_where_it_is_said_to_be_one(
    text: str, names: tuple[str, ...]
) -> None:
    found = read([text], today=TODAY)
    assert (found.names, found.pairs) == (names, ())


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Rosa, 1957-03-09", (date(1957, 3, 9),)),
        ("dob 3/9/1957", (date(1957, 3, 9), date(1957, 9, 3))),
        ("born 12/25/57", (date(1957, 12, 25),)),
        ("see you 3/9/2031", ()),
        ("13/32/1957 or 1/2", ()),
    ],
)
def test_it_reads_birth_dates_as_people_write_them(text: str, days: tuple[date, ...]) -> None:
    assert read([text], today=TODAY).days == days


def test_it_reads_no_more_than_a_person_says_of_themselves() -> None:
    story = " ".join(f"Anna{n} Berg{n}" for n in range(200))
    found = read([story] * 50, today=TODAY)
    assert len(found.pairs) <= 12
