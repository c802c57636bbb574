"""T6.6: medicines and illnesses are found in any dress, and everyday words are not."""

import pytest

from messaging.clinical import clinical_words_in
from messaging.plain_words import plain
from messaging.words import courtesy, diagnosis_words, drug_names, reply_words
from messaging.words.answer_phrases import PHRASES

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("word", sorted(drug_names.NAMES | diagnosis_words.WORDS))
def test_it_finds_each_medicine_and_illness(word: str) -> None:
    assert plain(word) == word  # as the list has to be written
    for said in (f"About your {word}.", f"{word.upper()}!", f"su {word}s", f"«{word.title()}»"):
        assert clinical_words_in(said), said


@pytest.mark.parametrize("phrase", diagnosis_words.PHRASES)
def test_it_finds_each_phrase(phrase: str) -> None:
    assert plain(phrase) == phrase
    assert phrase in clinical_words_in(f"This is about {phrase.upper()}, yes")


@pytest.mark.parametrize("letters", sorted(diagnosis_words.CAPITALS))
def test_it_takes_capitals_at_their_word_unless_all_is_in_capitals(letters: str) -> None:
    assert clinical_words_in(f"your {letters} visit") == (letters,)
    assert clinical_words_in(f"your {letters.lower()} visit") == ()
    assert clinical_words_in(f"YOUR {letters.upper()} VISIT") == ()


@pytest.mark.parametrize(
    "word",
    [
        "pitavastatina",
        "telmisartan",
        "rabeprazole",
        "dicloxacilina",
        "erythromycin",
        "moxifloxacino",
        "vildagliptina",
        "canagliflozin",
        "flurazepam",
        "nadolol",
        "eletriptan",
        "edoxaban",
        "imatinib",
        "adalimumab",
        "ketoconazol",
        "stavudine",
        "famciclovir",
    ],
)
def test_it_knows_the_families_of_medicines_by_their_endings(word: str) -> None:
    assert word not in drug_names.NAMES
    assert clinical_words_in(f"su {word.upper()} de hoy") == (word,)


@pytest.mark.parametrize(
    "body",
    [
        "Did you get the medicine we ordered for you?",
        "¿Ya recibió el medicamento que pedimos para usted?",
        "Your hearing aids are ready in April, on Monday",
        "We can help with rides, food and housing",
        "Please bring your card to the visit at 3 p.m.",
        "Podemos ayudarle a vivir mejor y servirle",
        "Su cita con la enfermera es el martes; traiga sus papeles",
        "Call us about your test or your prescription",
        "Thank you for moving the appointment, Simvasta",
        "the stroked cat sat in the tub",
    ],
)
def test_it_leaves_everyday_words_alone(body: str) -> None:
    assert clinical_words_in(body) == ()


def test_it_finds_nothing_in_what_patients_are_expected_to_say() -> None:
    said = [*courtesy.ALL, *reply_words.YES, *reply_words.NO, *reply_words.NOT_YET]
    for phrases in PHRASES.values():
        said += [*phrases.yes, *phrases.no, *phrases.not_yet]
    assert [each for each in said if clinical_words_in(each)] == []


def test_it_names_each_word_once_and_sees_accents() -> None:
    assert clinical_words_in("DIABÉTICO, diabético y diabetico") == ("diabetico",)
    assert clinical_words_in("presión alta e insulina, insulina") == ("presion alta", "insulina")
