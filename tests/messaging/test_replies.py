"""Answers to open questions: numbers, signs, choices and free words."""

import pytest

from messaging.replies import (
    Answer,
    Option,
    Question,
    options_text,
    understand,
    yes_no,
)
from tests.messaging.reply_cases import (
    ASKED,
    BARRIER,
    MEDICINE,
    unclear,
    understood,
)

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("👍", understood("yes", "word")),
        ("👍🏽👍🏽", understood("yes", "word")),
        ("yes 👍", understood("yes", "word")),
        ("1 ✅", understood("yes", "number")),
        ("👎", understood("no", "word")),
        ("❌", understood("no", "word")),
        ("👍 no", unclear("several")),
        ("2 👍", unclear("several")),
        ("👍👎", unclear("several")),
        ("🤷", unclear("ambiguous")),
        ("yes 🤔", unclear("ambiguous")),
        ("😀", unclear("unknown")),
        ("❤️", unclear("unknown")),
    ],
)
def test_it_reads_signs_and_lets_them_agree_only(body: str, answer: Answer) -> None:
    assert understand(body, ASKED) == answer


def test_it_knows_phrases_only_where_they_were_given() -> None:
    assert understand("I picked it up on Tuesday", MEDICINE) == understood("yes", "phrase")
    assert understand("I picked it up on Tuesday", ASKED) == unclear("unknown")
    custom = Question("yes_no", ASKED.options, yes_phrases=("The nurse came by",))
    assert understand("the nurse came by today", custom) == understood("yes", "phrase")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("2", understood("ride", "number")),
        ("no ride", understood("ride", "word")),
        ("No ride, sorry", understood("ride", "word")),
        ("I FORGOT!", understood("forgot", "word")),
        ("It costs too much", understood("cost", "word")),
        ("it costs", unclear("unknown")),
        ("no ride, I forgot", unclear("several")),
        ("yes", unclear("unknown")),
        ("no", unclear("unknown")),
        ("👍", unclear("unknown")),
        ("2 👍", understood("ride", "number")),
        ("5", unclear("unknown")),
        ("1 and 2", unclear("several")),
    ],
)
def test_it_reads_a_choice_by_number_or_whole_label(body: str, answer: Answer) -> None:
    assert understand(body, BARRIER) == answer


def test_it_does_not_choose_between_options_with_one_label() -> None:
    twins = Question("choice", (Option("a", 1, "Clinic"), Option("b", 2, "clinic!")))
    assert understand("clinic", twins) == unclear("several")
    assert understand("2", twins) == understood("b", "number")


def test_it_reads_a_label_without_words_by_its_number() -> None:
    faces = Question("choice", (Option("well", 1, "😀"), Option("ill", 2, "😞")))
    assert understand("2", faces) == understood("ill", "number")
    assert understand("😀", faces) == unclear("unknown")


def test_it_takes_any_words_where_words_are_wanted() -> None:
    wanted = Question("text")
    for body in ("1", "Why?", "My knee hurts", "👍", "stop by"):
        assert understand(body, wanted) == understood(None, "free_text")
    assert understand(" \n", wanted) == unclear("empty")


def test_it_does_not_answer_with_a_key_that_was_not_asked() -> None:
    two = Question("yes_no", ASKED.options[:2])
    assert understand("not yet", two) == unclear("unknown")
    only_no = Question("yes_no", ASKED.options[1:2])
    assert understand("👍", only_no) == unclear("unknown")
    assert understand("yes", only_no) == unclear("unknown")


def test_it_shows_its_options_a_line_each() -> None:
    assert options_text(yes_no("es")) == "1 = Sí\n2 = No\n3 = Todavía no"
    assert [option.key for option in yes_no("fr").options] == ["yes", "no", "not_yet"]


def test_it_refuses_a_question_nobody_could_answer() -> None:
    with pytest.raises(ValueError, match="yes_no, choice, text"):
        Question("maybe")
    with pytest.raises(ValueError, match="share a number"):
        Question("choice", (Option("a", 1, "A"), Option("b", 1, "B")))
