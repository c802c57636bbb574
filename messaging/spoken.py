"""What a caller hears when they call a line back: whose number it is, and what happens now. Plain words by
language; a caller whose language nobody knows hears them all. Never a word about why we had texted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

#: The languages that can be spoken, in the order somebody unknown hears them.
SPOKEN: Final = ("en", "es")

_HOLD: Final = {
    "en": "Thank you for calling {name}. Please hold while we connect you.",
    "es": "Gracias por llamar a {name}. Espere en la línea, por favor; le comunicamos.",
}
_EMERGENCY: Final = {
    "en": "If this is an emergency, hang up and call 9 1 1.",
    "es": "Si es una emergencia, cuelgue y llame al 9 1 1.",
}
_REACHED: Final = {"en": "You have reached {name}.", "es": "Se ha comunicado con {name}."}
_CLOSED: Final = {"en": "We are closed now.", "es": "Ahora estamos cerrados."}
_OPENS: Final = {"en": "We open {opens}.", "es": "Abrimos {opens}."}
_NO_PHONE: Final = {
    "en": "We cannot take your call on this number.",
    "es": "No podemos atender su llamada en este número.",
}
_NOBODY: Final = {
    "en": "We are sorry, nobody could take your call.",
    "es": "Disculpe, nadie pudo atender su llamada.",
}
_WE_CALL: Final = {
    "en": "We have noted your call, and a person will call you back. Goodbye.",
    "es": "Hemos anotado su llamada y una persona le llamará. Hasta luego.",
}
_HIDDEN: Final = {
    "en": "Your number is hidden, so we cannot call you back. Please call again. Goodbye.",
    "es": "Su número está oculto y no podemos devolverle la llamada. Llame de nuevo, por favor. "
    "Hasta luego.",
}


@dataclass(frozen=True, slots=True)
class Speech:
    """Sentences in one language."""

    language: str
    words: str


def languages_of(people: Iterable[str]) -> tuple[str, ...]:
    """The one language everyone on the phone speaks, else every language we can say things in."""
    spoken = set(people)
    sole = spoken.pop() if len(spoken) == 1 else None
    return (sole,) if sole in SPOKEN else SPOKEN


def put_through(name: str, languages: Sequence[str]) -> tuple[Speech, ...]:
    """Before the practice's phone rings."""
    return _say(languages, (_HOLD,), {each: {"name": name} for each in languages})


def closed(
    name: str, languages: Sequence[str], *, opens: Mapping[str, str], hidden: bool
) -> tuple[Speech, ...]:
    """Outside hours. `opens` is the moment in words by language; empty when nobody knows it."""
    when = (_OPENS,) if opens else ()
    values = {each: {"name": name, "opens": opens.get(each, "")} for each in languages}
    return _say(languages, (_REACHED, _EMERGENCY, _CLOSED, *when, _ending(hidden)), values)


def no_phone(name: str, languages: Sequence[str], *, hidden: bool) -> tuple[Speech, ...]:
    """Nobody can be put on the line: the practice has named no phone."""
    values = {each: {"name": name} for each in languages}
    return _say(languages, (_REACHED, _NO_PHONE, _EMERGENCY, _ending(hidden)), values)


def not_answered(languages: Sequence[str], *, hidden: bool) -> tuple[Speech, ...]:
    """The practice's phone rang, and nobody came."""
    return _say(languages, (_NOBODY, _EMERGENCY, _ending(hidden)), {each: {} for each in languages})


def _ending(hidden: bool) -> Mapping[str, str]:
    return _HIDDEN if hidden else _WE_CALL


def _say(
    languages: Sequence[str],
    parts: Sequence[Mapping[str, str]],
    values: Mapping[str, Mapping[str, str]],
) -> tuple[Speech, ...]:
    return tuple(
        Speech(each, " ".join(part[each].format_map(values[each]) for part in parts))
        for each in languages
    )
