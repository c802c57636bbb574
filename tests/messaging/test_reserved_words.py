"""T6.6: a text does not ask for words that carriers act on, and may still say how to stop."""

import pytest

from messaging.reserved_words import reserved_words_in
from messaging.words import keyword_words
from messaging.words.asking_words import ASKING, MAYBE_ASKING

pytestmark = pytest.mark.pure

RESERVED = (
    *keyword_words.STOP_ENGLISH,
    *keyword_words.STOP_SPANISH,
    *keyword_words.START_ENGLISH,
    *keyword_words.START_SPANISH,
    *keyword_words.HELP_ENGLISH,
    *keyword_words.HELP_SPANISH,
    "YES",
)


@pytest.mark.parametrize("word", RESERVED)
def test_it_finds_each_word_that_is_asked_for(word: str) -> None:
    for asked in (
        f"Please reply {word} to confirm your visit.",
        f"Reply with {word.lower()} if you come",
        f'Text "{word.lower()}" if you come',
        f"Reply 1 or {word} by noon",
        f"{word} to confirm, or call us",
        f"Responda {word} para confirmar su cita",
    ):
        assert word in reserved_words_in(asked), asked


@pytest.mark.parametrize("verb", sorted(ASKING | MAYBE_ASKING))
def test_it_knows_each_way_to_ask(verb: str) -> None:
    assert reserved_words_in(f"Please {verb} CANCEL now") == ("CANCEL",)
    assert reserved_words_in(f"Please {verb} 1 or 2") == ()


@pytest.mark.parametrize("verb", sorted(MAYBE_ASKING))
def test_it_hears_a_weak_verb_only_before_a_marked_word(verb: str) -> None:
    assert reserved_words_in(f"We will {verb} info about your visit") == ()
    assert reserved_words_in(f"Please {verb} 'info' now") == ("INFO",)


@pytest.mark.parametrize(
    "body",
    [
        "Reply STOP to opt out.",
        "Reply STOP to unsubscribe",
        "Reply STOP to stop.",
        "Reply STOP to stop all texts. Reply HELP for help.",
        "Text STOP to end messages, HELP for info",
        "To get no more texts, reply STOP.",
        "To stop texts, reply STOP.",
        "To opt out, reply OPT OUT",
        "Reply STOP to stop or HELP for help",
        "Reply STOP to end any time. We send reminders only.",
        "To get texts again, reply START.",
        "Reply START to get our texts again",
        "Reply START to resume.",
        "Para no recibir más mensajes, responda PARAR.",
        "Responda ALTO para dejar de recibir mensajes.",
        "Para recibirlos de nuevo, responda INICIAR.",
        "Responda AYUDA para obtener ayuda",
        "Responda BAJA para cancelar los mensajes",
    ],
)
def test_it_lets_a_text_say_how_to_stop_start_or_get_help(body: str) -> None:
    assert reserved_words_in(body) == ()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("Reply STOP to cancel your visit", ("STOP",)),
        ("Reply STOP to stop your medicine. We send no more texts.", ("STOP",)),
        ("Reply HELP if you need a ride", ("HELP",)),
        ("Reply START when you begin", ("START",)),
        ("Reply YES or CANCEL", ("YES", "CANCEL")),
        ("Reply Y/YES or END", ("YES", "END")),
        ("REPLY YES TO CONFIRM", ("YES",)),
        ("Responda SÍ o CANCELAR", ("CANCELAR",)),
        ("Answer yes or no, please", ("YES",)),
        ("Reply OPT OUT now", ("OPT OUT",)),
        ("Reply END when you send messages", ("END",)),
    ],
)
def test_it_refuses_them_for_anything_else(body: str, found: tuple[str, ...]) -> None:
    assert reserved_words_in(body) == found


@pytest.mark.parametrize(
    "body",
    [
        "Reply 1 for yes, 2 for no, 3 for not yet",
        "Reply with a number: 1 = Yes, 2 = No",
        "Responda con un número: 1 sí, 2 no",
        "Text us to cancel your visit",
        "TEXT US TO CANCEL YOUR VISIT",
        "We will end the visit at 3 and help you",
        "Your answer helps us",
        "Call us to cancel. Start of visit: 9 a.m.",
        "Did you get help? {options}",
        "",
    ],
)
def test_it_leaves_ordinary_wording_alone(body: str) -> None:
    assert reserved_words_in(body) == ()
