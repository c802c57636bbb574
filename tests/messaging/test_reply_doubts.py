"""What may mean something else goes to a person: an answer is never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.plain_words import plain
from messaging.replies import (
    Question,
    Understanding,
    understand,
    yes_no,
)
from messaging.words import courtesy, reply_words
from tests.messaging.reply_cases import (
    ANSWER_PHRASES,
    ASKED,
    BARRIER,
    MEDICINE,
    YES_NO_WORDS,
    unclear,
)

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("...", "empty"),
        ("\u200b", "empty"),
        ("?", "ambiguous"),
        ("¿sí?", "ambiguous"),
        ("1？", "ambiguous"),
        ("1 or 2", "several"),
        ("1 and 3", "several"),
        ("1 1", "several"),
        ("1/2", "several"),
        ("½", "several"),
        ("1.5", "several"),
        ("1:1", "several"),
        ("yes no", "several"),
        ("yes and no", "several"),
        ("yes, not yet", "several"),
        ("2 yes", "several"),
        ("no one", "several"),
        ("12", "unknown"),
        ("0", "unknown"),
        ("01", "unknown"),
        ("4", "unknown"),
        ("-1+", "ambiguous"),
        ("$1", "ambiguous"),
        ("1%", "ambiguous"),
        ("yes but the wrong one", "ambiguous"),
        ("sí pero me falta una", "ambiguous"),
        ("yes if you mean the pills", "ambiguous"),
        ("yes I think", "ambiguous"),
        ("no sé", "ambiguous"),
        ("sí, creo", "ambiguous"),
        ("not sure", "unknown"),
        ("maybe", "unknown"),
        ("sure", "unknown"),
        ("ok", "unknown"),
        ("ok thanks", "unknown"),
        ("soon", "unknown"),
        ("ya", "unknown"),
        ("todavía", "unknown"),
        ("no problem", "unknown"),
        ("no se preocupe", "ambiguous"),
        ("yes tomorrow", "unknown"),
        ("yes on Tuesday", "unknown"),
        ("1 pill", "unknown"),
        ("at 2 pm", "unknown"),
        ("STOP", "unknown"),
        ("si puedo voy", "unknown"),
        ("Liked “Did your medicine arrive”", "unknown"),
        ("I feel dizzy", "unknown"),
        ("yes " * 100, "unknown"),
    ],
)
def test_it_hands_to_a_person_what_may_mean_something_else(body: str, reason: str) -> None:
    assert understand(body, ASKED) == unclear(reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("I never picked it up", "ambiguous"),
        ("I will pick it up", "unknown"),
        ("No, I picked it up yesterday", "several"),
        ("I picked it up but it was the wrong one", "ambiguous"),
        ("I picked it up and it makes me dizzy", "unknown"),
        ("I picked it up I haven't picked it up yet", "several"),
        ("la recogí pero me falta una", "ambiguous"),
        ("my son says it came", "unknown"),
        ("I picked it up on Tuesday or Wednesday", "ambiguous"),
        ("I picked it up. Can I take two", "several"),
    ],
)
def test_it_does_not_take_a_phrase_out_of_its_sentence(body: str, reason: str) -> None:
    assert understand(body, MEDICINE) == unclear(reason)


KNOWN = {word for said, _ in YES_NO_WORDS for word in plain(said).split()}
KNOWN |= {
    word
    for said in (*courtesy.ALL, *reply_words.NUMBERS, *reply_words.BEFORE_A_NUMBER)
    for word in plain(said).split()
}
KNOWN |= {word for _, _, said in ANSWER_PHRASES for word in plain(said).split()}
strange = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=12).filter(
    lambda word: word not in KNOWN
)
answers = st.sampled_from([said for said, _ in YES_NO_WORDS] + ["1", "2", "3", "👍"])


@given(answers, strange, st.booleans())
def test_it_never_understands_an_answer_with_a_strange_word_in_it(
    said: str, word: str, first: bool
) -> None:
    if len(set(word)) == 1 or word[0] * 3 in word:  # "yyy" is a stretched y
        return
    body = f"{word} {said}" if first else f"{said} {word}"
    assert understand(body, ASKED).understanding is Understanding.UNCLEAR


@given(st.text(max_size=120), st.sampled_from(["?", "？", "¿", "🤷", "🤔"]), st.integers(0, 120))
def test_it_never_understands_a_question(body: str, mark: str, at: int) -> None:
    assert understand(body[:at] + mark + body[at:], MEDICINE).understanding is Understanding.UNCLEAR


@given(st.lists(st.sampled_from(YES_NO_WORDS), min_size=2, max_size=4))
def test_it_never_chooses_between_yes_and_no(said: list[tuple[str, str]]) -> None:
    keys = {key for _, key in said}
    answer = understand(", ".join(word for word, _ in said), ASKED)
    if answer.key is not None:
        assert answer.key in keys
    if "yes" in keys and len(keys) > 1:
        assert answer.understanding is Understanding.UNCLEAR


@given(
    st.text(max_size=200),
    st.sampled_from([ASKED, MEDICINE, BARRIER, yes_no("es", about="appointment_kept")]),
)
def test_it_answers_any_text_with_an_option_asked_or_none(body: str, question: Question) -> None:
    answer = understand(body, question)
    if answer.understanding is Understanding.UNDERSTOOD:
        assert answer.key in {option.key for option in question.options}
        assert answer.reason in {"number", "word", "phrase"}
    else:
        assert answer.key is None
        assert answer.reason in {"empty", "ambiguous", "several", "unknown"}
