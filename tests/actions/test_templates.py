"""Wording as it is used: the practice's own words before the shipped ones, in the patient's language."""

import pytest

from app.actions import templates
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.models.shipped.loader import shipped_templates
from app.models.wording_version import SHIPPED
from messaging.errors import WordingError
from tests.wordings import use_words
from tests.world import World

KEY = "medication_received.ask"
VALUES = {
    "patient_first_name": "Rosa", "practice_name": "Harbor Family Clinic",
    "practice_phone": "(503) 555-0199", "options": "1, 2, 3",
}  # fmt: skip
OWN = "{practice_name}, {practice_phone}: {patient_first_name}, is your medicine there? {options}"


def save(world: World, at, body: str = OWN) -> None:
    with transaction():
        use_words(world.practice, KEY, "en", body, at=at)


def test_it_speaks_the_patients_language_with_the_shipped_words(world: World) -> None:
    spanish = templates.fill(world.practice, KEY, "es", VALUES).body
    english = templates.fill(world.practice, KEY, "en", VALUES).body
    assert spanish.startswith("Hola, Rosa")
    assert english.startswith("Hello Rosa")


def test_it_falls_back_to_english_for_a_language_nobody_wrote(world: World) -> None:
    assert templates.phrase_for(world.practice, KEY, "vi").language == "en"


def test_it_uses_the_practices_own_words_where_it_wrote_some(world: World, clock) -> None:
    save(world, clock.now)
    ours = templates.fill(world.practice, KEY, "en", VALUES).body
    assert ours == "Harbor Family Clinic, (503) 555-0199: Rosa, is your medicine there? 1, 2, 3"
    assert not templates.phrase_for(world.practice, KEY, "es").own
    assert not templates.phrase_for(world.other_practice, KEY, "en").own


def test_it_knows_which_version_the_words_are(world: World, clock) -> None:
    assert templates.fill(world.practice, KEY, "en", VALUES).version == SHIPPED
    save(world, clock.now)
    save(world, clock.now, OWN + " Thanks!")
    assert templates.fill(world.practice, KEY, "en", VALUES).version == 2
    assert templates.fill(world.practice, KEY, "es", VALUES).version == SHIPPED


@pytest.mark.parametrize(
    "body",
    [
        OWN.replace("{options}", "Reply STOP or YES"),
        OWN + " {unheard_of}",
        OWN.replace("medicine", "insulin"),
        "Is it there? {options}",
    ],
)
def test_it_does_not_save_what_the_lint_refuses(world: World, clock, body: str) -> None:
    with pytest.raises(Invalid) as refused:
        save(world, clock.now, body=body)
    assert refused.value.field == "body"
    assert not templates.phrase_for(world.practice, KEY, "en").own


def test_it_says_which_wording_is_missing(world: World) -> None:
    with pytest.raises(NotFound, match=r"no\.such"):
        templates.phrase_for(world.practice, "no.such", "en")


def test_it_refuses_to_send_a_hole(world: World) -> None:
    with pytest.raises(WordingError):
        templates.fill(world.practice, KEY, "en", {})


def test_it_offers_staff_the_reply_phrases_in_their_patients_language(world: World, clock) -> None:
    shipped = {key for key, each in shipped_templates().items() if each.is_reply}
    assert shipped
    with transaction():
        use_words(world.practice, "reply.ride", "en", "We can drive you.", at=clock.now)
    english = {phrase.key: phrase for phrase in templates.reply_phrases(world.practice, "en")}
    assert set(english) == shipped
    assert english["reply.ride"].body == "We can drive you."
    spanish = templates.reply_phrases(world.practice, "es")
    assert {phrase.key for phrase in spanish} == shipped
    assert all(phrase.body != english[phrase.key].body for phrase in spanish)
