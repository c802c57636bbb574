"""Urgent words: found in both languages however they are written, and not where they are denied."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging import urgent

pytestmark = pytest.mark.pure

URGENT = [
    ("I have chest pain", "chest"),
    ("CHEST PAINS since this morning!!", "chest"),
    ("pressure in my chest", "chest"),
    ("I think its a heart attack", "chest"),
    ("I can't breathe", "breath"),
    ("i cant breath", "breath"),
    ("having trouble breathing", "breath"),
    ("I’m short of breath", "breath"),
    ("I can't catch my breath", "breath"),
    ("thinking about suicide", "self_harm"),
    ("feeling suicidal", "self_harm"),
    ("I want to die", "self_harm"),
    ("i might hurt myself", "self_harm"),
    ("I don't want to live", "self_harm"),
    ("mom won't wake up", "stroke"),
    ("my face is drooping", "stroke"),
    ("he is having a seizure", "stroke"),
    ("it won't stop bleeding", "bleeding"),
    ("coughing up blood", "bleeding"),
    ("I took too many pills", "poison"),
    ("my throat is closing", "poison"),
    ("my water broke", "birth"),
    ("my husband is hitting me", "violence"),
    ("please call 911", "emergency"),
    ("My mom fell and hit her head", "fall"),
    ("I fell and can't get up", "fall"),
    ("I think I'm dying", "emergency"),
    ("I'm having an allergic reaction", "poison"),
    ("my husband hits me", "violence"),
    ("he has a gun and is outside", "violence"),
    ("Yes, I got it. But I have chest pain", "chest"),
    ("No! Chest pain!", "chest"),
    ("no chest pain but I can't breathe", "breath"),
    ("Me duele el pecho", "chest"),
    ("tengo dolor en el pecho", "chest"),
    ("dolor fuerte de pecho", "chest"),
    ("creo que es un infarto", "chest"),
    ("No puedo respirar", "breath"),
    ("me cuesta respirar", "breath"),
    ("me falta el aire", "breath"),
    ("se está ahogando", "breath"),
    ("quiero morirme", "self_harm"),
    ("ya no quiero vivir", "self_harm"),
    ("pienso en suicidarme", "self_harm"),
    ("quitarme la vida", "self_harm"),
    ("mi mamá se desmayó", "stroke"),
    ("está convulsionando", "stroke"),
    ("no para de sangrar", "bleeding"),
    ("vomité sangre", "bleeding"),
    ("tomó una sobredosis", "poison"),
    ("se me rompió la fuente", "birth"),
    ("mi esposo me está golpeando", "violence"),
    ("es una emergencia", "emergency"),
    ("creo que me estoy muriendo", "emergency"),
    ("Me caí y no me puedo levantar", "fall"),
    ("mi mamá se cayó y se pegó en la cabeza", "fall"),
    ("tengo una reacción alérgica", "poison"),
    ("mi esposo me pega", "violence"),
]
NEAR = [
    "Yes", "1", "2", "STOP", "HELP", "Sí", "No", "Gracias",
    "The chest of drawers came",
    "No chest pain today, thank you",
    "I don't have chest pain",
    "without any chest pain",
    "I can't breathe a word of it",
    "breathe easy",
    "my phone is going dead",
    "I'd like to volunteer for suicide prevention",
    "The pain is in my knee",
    "I cut my hair",
    "I took my pills",
    "the water bill broke the bank",
    "is this an emergency contact form?",
    "me duele la rodilla",
    "ya no me duele el pecho",
    "sin dolor de pecho",
    "no tengo dolor de pecho",
    "vivo sin aire acondicionado",
    "pechuga de pollo",
    "quiero mi cita",
    "me tome la pastilla",
    "fell in love with the class", "The price fell", "me estoy muriendo de hambre",
    "el sol me pega fuerte",
]  # fmt: skip


@pytest.mark.parametrize(("body", "about"), URGENT)
def test_it_hears_urgent_words(body: str, about: str) -> None:
    found = urgent.read(body)
    assert found is not None
    assert found.about == about


@pytest.mark.parametrize("body", NEAR)
def test_it_leaves_near_misses_alone(body: str) -> None:
    assert urgent.read(body) is None


@pytest.mark.parametrize(("body", "language"), [("chest pain", "en"), ("me duele el pecho", "es")])
def test_it_knows_the_language_it_was_said_in(body: str, language: str) -> None:
    found = urgent.read(body)
    assert found is not None
    assert found.language == language


@given(
    st.sampled_from([body for body, _ in URGENT]),
    st.sampled_from([str.upper, str.lower, str.title, str.swapcase]),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.sampled_from(["", "!!!", " …", "\n", " 😢", "\u200b"]),
)
def test_it_hears_them_in_any_casing_and_spelling(body, casing, form, end) -> None:
    assert urgent.read(f"{end}{unicodedata.normalize(form, casing(body))}{end}") is not None


@given(
    st.sampled_from([body for body, _ in URGENT]),
    st.sampled_from(["Hello. ", "Good morning! ", "Buenas tardes. ", "Sí. "]),
    st.sampled_from([". Thank you", ". Gracias", "! Please help", "\nSam"]),
)
def test_it_hears_them_between_other_sentences(body: str, before: str, after: str) -> None:
    assert urgent.read(before + body + after) is not None


@given(st.text(max_size=400))
def test_it_reads_anything(body: str) -> None:
    found = urgent.read(body)
    assert found is None or (found.about.isidentifier() and found.language in ("en", "es"))


@given(st.text(alphabet="0123456789 .,!?", max_size=60))
def test_it_finds_nothing_in_numbers(body: str) -> None:
    assert urgent.read(body) is None
