"""T6.1: every opt-out word in any dress acts at once; free wording calls a person; the rest is left alone.

One case per word of the lists. The near misses and ordinary sentences are in `keyword_examples`.
"""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.keywords import Keyword, KeywordMatch, read
from messaging.plain_words import clauses, plain
from messaging.words import ask_phrases, keyword_words, stop_phrases
from tests.messaging.keyword_examples import ASKED, NEAR_STOP, ORDINARY, SHOUTED_STOP

pytestmark = pytest.mark.pure

LISTS = [
    (Keyword.STOP, "en", keyword_words.STOP_ENGLISH),
    (Keyword.STOP, "es", keyword_words.STOP_SPANISH),
    (Keyword.START, "en", keyword_words.START_ENGLISH),
    (Keyword.START, "es", keyword_words.START_SPANISH),
    (Keyword.HELP, "en", keyword_words.HELP_ENGLISH),
    (Keyword.HELP, "es", keyword_words.HELP_SPANISH),
    (Keyword.JOIN, "en", keyword_words.JOIN_ENGLISH),
    (Keyword.JOIN, "es", keyword_words.JOIN_SPANISH),
]
WORDS = [(word, keyword, language) for keyword, language, words in LISTS for word in words]
FROM_THE_RULES = [
    "stop",
    "quit",
    "end",
    "revoke",
    "optout",
    "cancel",
    "unsubscribe",
    "stopall",
    "remove",
    "arret",
    "td",
    "start",
    "unstop",
    "help",
    "info",
    "opt out",
    "opt-out",
    "stop all",
]
DRESSES = [
    "{}",
    "{}.",
    "  {} !!",
    '"{}"',
    "“{}”",
    "«{}»",
    "¡{}!",
    "-{}-",
    "*{}*",
    "({})",
    "\u200b{}\ufeff",
    "{}\n",
    "🛑 {} 🙏🏽",
    "{0} {0}",
    "{0}! {0}! {0}!",
]
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})


@pytest.mark.parametrize(("word", "keyword", "language"), WORDS)
def test_it_acts_on_each_word_in_any_dress(word: str, keyword: Keyword, language: str) -> None:
    """T6.1: any case, width, spaces, punctuation, emoji."""
    for dress in DRESSES:
        for cased in (word, word.lower(), word.title(), word.translate(WIDE)):
            found = read(dress.format(cased))
            assert found is not None, (dress, cased)
            assert (found.keyword, found.exact, found.language) == (keyword, True, language)
            assert found.word == word


@pytest.mark.parametrize("word", FROM_THE_RULES)
def test_it_knows_every_word_of_the_rules_and_the_carriers(word: str) -> None:
    """T6.1: the list is typed here a second time, so that losing a word from the data fails."""
    found = read(word)
    assert found is not None
    assert found.exact


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("¡NO MÁS MENSAJES!", "NO MAS MENSAJES"),
        ("no ma\u0301s mensajes", "NO MAS MENSAJES"),
        ("opt-out", "OPT OUT"),
        ("Opt‑Out.", "OPT OUT"),
        ("S.T.O.P.", "STOP"),
        ("s t o p", "STOP"),
        ("ＳＴＯＰ", "STOP"),
        ("stop\u00a0all", "STOP ALL"),
    ],
)
def test_it_sees_through_accents_hyphens_and_spelling_out(body: str, word: str) -> None:
    found = read(body)
    assert found is not None
    assert (found.keyword, found.exact, found.word) == (Keyword.STOP, True, word)


@pytest.mark.parametrize("word", sorted(keyword_words.TWILIO_HANDLES))
def test_it_knows_what_the_carrier_answers_itself(word: str) -> None:
    assert read(f" {word.lower()} ") == KeywordMatch(
        (read(word) or pytest.fail(word)).keyword, True, "en", word, carrier=True
    )
    dotted = read(f"{word}.")
    assert dotted is not None
    assert not dotted.carrier


@pytest.mark.parametrize(
    "word", ["STOP ALL", "OPT-OUT", "REMOVE", "PARAR", "BAJA", "ALTA", "AYUDA", "JOIN"]
)
def test_it_knows_what_the_carrier_leaves_to_us(word: str) -> None:
    found = read(word)
    assert found is not None
    assert not found.carrier


@pytest.mark.parametrize(("body", "language"), NEAR_STOP)
def test_it_calls_a_person_for_wording_that_means_stop(body: str, language: str) -> None:
    """T6.1: free wording pauses and is looked at; it is never acted on as a keyword."""
    for written in (body, body.upper(), f"{body}!!", f"Hi. {body}. Thank you"):
        found = read(written)
        assert found is not None, written
        assert (found.keyword, found.exact, found.carrier) == (Keyword.STOP, False, False)
    assert (read(body) or pytest.fail(body)).language == language


@pytest.mark.parametrize("body", SHOUTED_STOP)
def test_it_calls_a_person_for_a_shouted_stop_and_for_no_quiet_one(body: str) -> None:
    found = read(body)
    assert found is not None
    assert (found.keyword, found.exact, found.word) == (Keyword.STOP, False, "STOP")
    assert read(body.replace("STOP", "stop")) is None


@pytest.mark.parametrize("slip", sorted(stop_phrases.SLIPS))
def test_it_calls_a_person_for_a_slip_of_the_finger(slip: str) -> None:
    for written in (slip, slip.upper(), f"{slip} please", f"Hi, {slip}."):
        found = read(written)
        assert found is not None, written
        assert (found.keyword, found.exact) == (Keyword.STOP, False)


@pytest.mark.parametrize("sign", sorted(stop_phrases.SIGNS))
def test_it_calls_a_person_for_a_sign_that_stands_alone(sign: str) -> None:
    found = read(sign)
    assert found is not None
    assert (found.keyword, found.exact) == (Keyword.STOP, False)
    assert read(f"{sign} road closed, running late") is None


@pytest.mark.parametrize("words", sorted(keyword_words.FIRM_CLAUSES))
def test_it_hears_a_firm_word_before_or_after_other_sentences(words: str) -> None:
    for body in (f"{words}. I moved to another doctor", f"We moved away, {words}"):
        found = read(body)
        assert found is not None, body
        assert (found.keyword, found.exact) == (Keyword.STOP, False)


@pytest.mark.parametrize("body", ORDINARY)
def test_it_leaves_ordinary_sentences_alone(body: str) -> None:
    """T6.1: "I'll stop by at 3" and its kin are messages for a person, with no pause."""
    for written in (body, body.lower(), f"{body} thanks"):
        assert read(written) is None, written


@pytest.mark.parametrize(("body", "keyword", "language"), ASKED)
def test_it_comes_near_to_start_help_and_join(body: str, keyword: Keyword, language: str) -> None:
    found = read(body)
    assert found is not None
    assert (found.keyword, found.exact, found.language) == (keyword, False, language)


@pytest.mark.parametrize(
    "phrase",
    [
        *stop_phrases.ENGLISH,
        *stop_phrases.SPANISH,
        *ask_phrases.START_ENGLISH,
        *ask_phrases.START_SPANISH,
        *ask_phrases.HELP_ENGLISH,
        *ask_phrases.HELP_SPANISH,
        *ask_phrases.JOIN_ENGLISH,
        *ask_phrases.JOIN_SPANISH,
    ],
)
def test_it_has_an_example_for_every_phrase(phrase: str) -> None:
    examples = [body for body, *_ in (*NEAR_STOP, *ASKED)]
    assert any(re.search(phrase, part) for body in examples for part in clauses(body))


FILLERS = ["the", "my", "at", "when", "monday", "medicine", "bus", "ride", "i", "we", "la", "cita"]
fillers = st.lists(
    st.sampled_from(FILLERS),
    min_size=1,
    max_size=6,
)


@given(st.sampled_from(WORDS), fillers, fillers | st.just([]))
def test_it_never_acts_on_a_word_inside_a_sentence(
    word: tuple[str, Keyword, str], before: list[str], after: list[str]
) -> None:
    for parts in ([*before, word[0], *after], [word[0], *before]):
        found = read(" ".join(parts))
        assert found is None or not found.exact


@given(st.text(max_size=300))
def test_it_reads_any_text_and_acts_only_on_listed_words(body: str) -> None:
    found = read(body)
    if found is not None and found.exact:
        letters = plain(body).replace(" ", "")
        assert letters.replace(plain(found.word).replace(" ", ""), "") == ""


@pytest.mark.parametrize(
    "piece", ["ty ", "stop the ", "no me ", "stop ", "a ", "need i need ", "dont want the ", "¡"]
)
def test_it_reads_a_very_long_text_at_once(piece: str) -> None:
    started = time.process_time()
    read(piece * 20_000)
    assert time.process_time() - started < 5  # backtracking would take hours
