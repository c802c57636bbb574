"""The plain form of a text, from which keywords and replies are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.plain_words import clauses, plain, unstretch
from messaging.stop_words import marked

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("¡No más MENSAJES!", "no mas mensajes"),
        ("I don't, don’t, don´t", "i dont dont dont"),
        ("mañana", "manana"),
        ("ＳＴＯＰ　１", "stop 1"),
        ("3️⃣ ③ ３ ٣", "3 3 3 3"),
        ("op\u200bt-o\u00adut", "opt out"),
        ("a_b/c", "a b c"),
        ("Straße İstanbul", "strasse istanbul"),
        ("👍🏽❤️", ""),
        (" \n\t", ""),
    ],
)
def test_it_keeps_only_the_words(text: str, words: str) -> None:
    assert plain(text) == words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Stop. Thank you", ["stop", "thank you"]),
        ("No, not yet; maybe", ["no", "not yet", "maybe"]),
        ("¿Sí? ¡No!", ["si", "no"]),
        ("stop—now – please", ["stop", "now", "please"]),
        ("opt-out", ["opt out"]),
        ("one\ntwo\u2028three…four", ["one", "two", "three", "four"]),
        ("...", []),
    ],
)
def test_it_splits_where_the_writer_paused(text: str, parts: list[str]) -> None:
    assert clauses(text) == parts


def test_it_lets_go_of_stretched_letters_and_of_no_digits() -> None:
    assert unstretch("stopppp siii noooo 1111 see") == "stop si no 1111 see"


@given(st.text(max_size=200))
def test_it_is_plain_once_and_for_all(text: str) -> None:
    words = plain(text)
    assert plain(words) == words
    assert words == words.strip()
    assert "  " not in words
    assert all(char.isalnum() or char == " " for char in words)


@given(st.text(st.characters(max_codepoint=127), max_size=200))
def test_it_reads_plain_characters_alike_in_any_company(text: str) -> None:
    assert plain(f"{text} ñ") == f"{plain(text)} n".strip()
    assert marked(f"{text} ñ") == f"{marked(text)} ñ".strip()


@given(st.text(max_size=200))
def test_it_loses_no_word_between_clauses(text: str) -> None:
    assert "".join(clauses(text)).replace(" ", "") == plain(" ".join(clauses(text))).replace(
        " ", ""
    )
