"""Every word and phrase that answers a question, one case each, in any dress."""

import pytest

from messaging.replies import (
    Option,
    Question,
    Understanding,
    understand,
    yes_no,
)
from messaging.words import courtesy, reply_words
from tests.messaging.reply_cases import (
    ANSWER_PHRASES,
    ASKED,
    MEDICINE,
    YES_NO_WORDS,
    unclear,
    understood,
)

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(("word", "key"), YES_NO_WORDS)
def test_it_understands_each_word_however_it_is_written(word: str, key: str) -> None:
    for said in (
        word,
        word.upper(),
        f"{word}.",
        f" «{word}»!! ",
        f"{word} 😀",
        f"Hi, {word}, thank you",
    ):
        assert understand(said, ASKED) == understood(key, "word"), said
    assert understand(f"{word}?", ASKED) == unclear("ambiguous")


@pytest.mark.parametrize("wrapped", courtesy.ALL)
def test_it_lets_courtesy_stand_around_an_answer_but_not_for_one(wrapped: str) -> None:
    assert understand(f"{wrapped}, yes", ASKED) == understood("yes", "word")
    assert understand(f"2 {wrapped}!", ASKED) == understood("no", "number")
    assert understand(wrapped, ASKED) == unclear("unknown")


@pytest.mark.parametrize(
    "form",
    ["{}", "{}.", "#{}", "({})", "{})", "{}!", "option {}", "Number {}", "opción {}", "la {}"],
)
@pytest.mark.parametrize(
    ("number", "key"), [("1", "yes"), ("2", "no"), ("3", "not_yet"), ("２", "no"), ("3️⃣", "not_yet")]
)
def test_it_understands_numbers(form: str, number: str, key: str) -> None:
    assert understand(form.format(number), ASKED) == understood(key, "number")


@pytest.mark.parametrize(("word", "number"), reply_words.NUMBERS.items())
def test_it_understands_number_words_of_the_options_asked(word: str, number: int) -> None:
    options = tuple(Option(f"o{n}", n, f"Label {n * 11}") for n in range(1, 10))
    assert understand(word.title(), Question("choice", options)) == understood(
        f"o{number}", "number"
    )
    if number > 3:
        assert understand(word, ASKED) == unclear("unknown")


@pytest.mark.parametrize(("about", "key", "phrase"), ANSWER_PHRASES)
def test_it_understands_each_phrase_of_what_was_asked(about: str, key: str, phrase: str) -> None:
    for language in ("en", "es"):
        asked = yes_no(language, about=about)
        assert understand(phrase, asked).key == key
        assert understand(f"¡{phrase.upper()}! thanks", asked).key == key
    doubts = [
        f"{phrase}?",
        f"{phrase} but",
        f"if {phrase}",
        f"maybe {phrase}",
        f"not {phrase}",
        f"{phrase} tomorrow",
    ]
    for doubt in doubts:
        assert (
            understand(doubt, yes_no("en", about=about)).understanding is Understanding.UNCLEAR
        ), doubt


@pytest.mark.parametrize(
    "time",
    [
        "on Tuesday",
        "last Friday",
        "this morning",
        "Monday morning",
        "yesterday",
        "today",
        "last night",
        "two days ago",
        "3 days ago",
        "a week ago",
        "at 3 pm",
        "at 10:30am",
        "on June 3rd",
        "el martes por la tarde",
        "el lunes pasado",
        "ayer en la mañana",
        "hoy",
        "anoche",
        "hace 2 días",
        "la semana pasada",
        "el 3 de junio",
        "at the pharmacy",
        "en la farmacia ayer",
        "already",
        "in the mail yesterday",
    ],
)
def test_it_lets_a_day_or_a_place_stand_beside_a_phrase_only(time: str) -> None:
    assert understand(f"I picked it up {time}", MEDICINE) == understood("yes", "phrase")
    assert understand(f"Yes, I picked it up {time}. Thank you!", MEDICINE) == understood(
        "yes", "phrase"
    )
    assert understand(f"yes {time}", MEDICINE).understanding is Understanding.UNCLEAR
    assert understand(time, MEDICINE).understanding is Understanding.UNCLEAR


def test_it_lets_every_hedge_spoil_a_yes() -> None:
    for hedge in reply_words.HEDGES:
        assert understand(f"yes {hedge}", ASKED) == unclear("ambiguous"), hedge
