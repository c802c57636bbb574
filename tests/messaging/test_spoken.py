"""What a caller hears: each language says the same things, in an order that helps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import spoken

pytestmark = pytest.mark.pure
NAME = "Harbor Family Clinic"
OPENS = {"en": "tomorrow at 8:00 AM", "es": "mañana a las 8:00 a. m."}


@given(st.lists(st.sampled_from(["en", "es", "vi", "ru", ""])))
def test_it_speaks_one_language_only_when_everyone_on_the_phone_does(people: list[str]) -> None:
    chosen = spoken.languages_of(people)
    if set(people) in ({"en"}, {"es"}):
        assert chosen == (people[0],)
    else:
        assert chosen == ("en", "es")


@pytest.mark.parametrize("languages", [("en",), ("es",), ("en", "es")])
@pytest.mark.parametrize("hidden", [True, False])
def test_it_names_the_practice_and_911_in_every_language(
    languages: tuple[str, ...], hidden: bool
) -> None:
    speeches = (
        spoken.closed(NAME, languages, opens=OPENS, hidden=hidden),
        spoken.no_phone(NAME, languages, hidden=hidden),
    )
    for speech in speeches:
        assert tuple(each.language for each in speech) == languages
        assert all(NAME in each.words and "9 1 1" in each.words for each in speech)
    for each in speeches[0]:
        assert each.words.index("9 1 1") < each.words.index(OPENS[each.language])
    for each in spoken.not_answered(languages, hidden=hidden):
        assert "9 1 1" in each.words


def test_it_promises_no_call_back_to_a_hidden_number() -> None:
    for speech in (
        spoken.closed(NAME, ("en",), opens={}, hidden=True),
        spoken.no_phone(NAME, ("en",), hidden=True),
        spoken.not_answered(("en",), hidden=True),
    ):
        assert "a person will call you back" not in speech[0].words
        assert "cannot call you back" in speech[0].words


def test_it_does_not_name_an_opening_nobody_knows() -> None:
    [speech] = spoken.closed(NAME, ("en",), opens={}, hidden=False)
    assert "We open" not in speech.words


@given(st.text(max_size=40))
def test_it_says_any_name_as_it_is(name: str) -> None:
    assert name in spoken.put_through(name, ("es",))[0].words
