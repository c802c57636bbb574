"""The leaflet about texts that patients take home: short sentences, plain words (sixth grade), in English and
Spanish, with the practice's own number and hours."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models.practice import Practice
from messaging import phone

LANGUAGES = ("en", "es")
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
TITLES = {
    "en": "We can text you about your care",
    "es": "Podemos enviarle mensajes sobre su atención",
}
EMERGENCY = {
    "en": "In an emergency, call 911. Do not text us. We do not read texts right away.",
    "es": "En una emergencia, llame al 911. No nos envíe un mensaje. No leemos los mensajes de inmediato.",
}
#: Heading and sentences, in order. `{name}`, `{line}` and `{phone}` are the practice's.
WORDS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "en": (
        ("What we text about", (
            "We ask if your medicine came.",
            "We ask about your visits and who helps you.",
            "We text you 1 to 3 times a week, or less.",
        )),
        ("How to answer", (
            "Most texts ask you to reply 1, 2 or 3.",
            "You can also write in your own words. A person reads it.",
            "Our texts come from {line}. Save this number.",
        )),
        ("How to stop or get help", (
            "Reply STOP to end all texts. You can stop at any time.",
            "Reply START if you want texts again.",
            "Reply HELP to learn more, or call {phone}.",
            "Your care stays the same if you say no.",
        )),
        ("Good to know", (
            "Texts are not private. Someone who sees your phone may read them.",
            "Your phone plan may charge you for texts.",
            "Tell us if you get a new phone number.",
            "We never ask for your password, your bank or your Social Security number.",
        )),
    ),
    "es": (
        ("Sobre qué le escribimos", (
            "Preguntamos si llegó su medicina.",
            "Preguntamos por sus citas y por quién le ayuda.",
            "Le escribimos de 1 a 3 veces por semana, o menos.",
        )),
        ("Cómo contestar", (
            "Casi siempre le pedimos que conteste 1, 2 o 3.",
            "También puede escribir con sus palabras. Una persona lo lee.",
            "Nuestros mensajes vienen del {line}. Guarde este número.",
        )),
        ("Cómo parar o pedir ayuda", (
            "Conteste PARAR para no recibir más mensajes. Puede parar cuando quiera.",
            "Conteste START si quiere recibirlos otra vez.",
            "Conteste AYUDA para saber más, o llame al {phone}.",
            "Su atención sigue igual si dice que no.",
        )),
        ("Es bueno saber", (
            "Los mensajes no son privados. Otra persona que vea su teléfono puede leerlos.",
            "Su plan de teléfono puede cobrarle los mensajes.",
            "Avísenos si cambia de número.",
            "Nunca le pedimos su contraseña, su banco ni su número de Seguro Social.",
        )),
    ),
}  # fmt: skip
OPEN = {"en": "When we are open", "es": "Cuándo abrimos"}
ALWAYS = {"en": "Every day, at any hour", "es": "Todos los días, a toda hora"}
TO = {"en": "to", "es": "a"}


@dataclass(frozen=True, slots=True)
class Leaflet:
    language: str
    title: str
    emergency: str
    parts: Sequence[tuple[str, Sequence[str]]]
    open_title: str
    hours: Sequence[str]
    practice: str
    phone: str


def leaflet(language: str, practice: Practice, line: str | None) -> Leaflet:
    """One language's sheet, filled in; a number that is missing leaves room to write it."""
    known = {
        "name": practice.name,
        "line": phone.show(line) if line else "____________",
        "phone": phone.show(practice.phone) if practice.phone else "____________",
    }
    parts = [
        (heading, [sentence.format(**known) for sentence in sentences])
        for heading, sentences in WORDS[language]
    ]
    return Leaflet(
        language, TITLES[language], EMERGENCY[language], parts, OPEN[language],
        _hours(language, practice), practice.name, known["phone"],
    )  # fmt: skip


def _hours(language: str, practice: Practice) -> list[str]:
    """A line per day that is open, as the clock is said in that language."""
    if not practice.hours:
        return [ALWAYS[language]]
    lines = []
    for day in range(7):
        spans = practice.hours.get(str(day)) or []
        if spans:
            said = ", ".join(
                f"{_clock(opens, language)} {TO[language]} {_clock(closes, language)}"
                for opens, closes in spans
            )
            lines.append(f"{DAYS[language][day]}: {said}")
    return lines


def _clock(written: str, language: str) -> str:
    hour, minute = (int(part) for part in written.split(":"))
    half = ("am", "pm") if language == "en" else ("a. m.", "p. m.")
    return f"{hour % 12 or 12}:{minute:02d} {half[hour % 24 >= 12]}"
