"""STOP in every language a practice may add: alone it acts, in company it calls a person, its
neighbours are left be."""

import pytest

from messaging.keywords import Keyword, read
from messaging.languages import ALWAYS, LANGUAGES
from messaging.words import stop_by_language
from tests.messaging.test_keywords import DRESSES

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("tag", sorted(set(LANGUAGES) - set(ALWAYS)))
def test_it_hears_stop_in_every_language_a_practice_may_add(tag: str) -> None:
    for word in stop_by_language.STOP[tag]:
        for dress in (*DRESSES, "{}。", "{}؟", "{}।"):
            found = read(dress.format(word.lower()))
            assert found is not None, (dress, word)
            assert (found.keyword, found.exact, found.carrier) == (Keyword.STOP, True, False), word
        for written in (f"OK. {word}", f"{stop_by_language.PLEASE[-1]} {word}"):
            found = read(written)
            assert found is not None, written
            assert (found.keyword, found.exact) == (Keyword.STOP, False), written
    for word in stop_by_language.PAUSE[tag]:
        found = read(f"{word}!")
        assert found is not None, word
        assert (found.keyword, found.exact) == (Keyword.STOP, False), word


@pytest.mark.parametrize(
    "body",
    ["đúng", "Dung", "请停止", "停车在哪里?", "停止吃药了", "بعد", "Halteverbot", "बाद में",
     "停止しました。薬を", "стоповый сигнал", "Desarretez", "acha ji", "1", "2", "да", "はい", "네"],
)  # fmt: skip
def test_it_takes_no_neighbour_of_such_a_word_for_it(body: str) -> None:
    found = read(body)
    assert found is None or not found.exact
