"""Wording of texts: placeholders, filling them in, and what a template must not say.

A template holds single braces, `{patient_first_name}`. Values go in as they are and are never read again,
so a name with braces in it stays a name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from messaging.clinical import KNOWN_LANGUAGES, clinical_words_in, listed_in
from messaging.errors import WordingError
from messaging.reserved_words import reserved_words_in
from messaging.segments import SegmentCount, count, fold

__all__ = ["MAX_SEGMENTS", "PLACEHOLDERS", "Problem", "WordingError", "lint", "preview", "render",
           "sampled"]  # fmt: skip

MAX_SEGMENTS = 4

PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "patient_first_name": {"en": "Guadalupe", "es": "Guadalupe"},
    "practice_name": {"en": "Willamette Family Clinic", "es": "Willamette Family Clinic"},
    "practice_phone": {"en": "(503) 555-0100", "es": "(503) 555-0100"},
    "appointment_place": {"en": "Eastside Food Pantry", "es": "Eastside Food Pantry"},
    "appointment_day": {"en": "Wednesday, September 23", "es": "miércoles 23 de septiembre"},
    "medication_label": {"en": "your medicine", "es": "su medicamento"},
    "community_organization": {"en": "Eastside Food Pantry", "es": "Eastside Food Pantry"},
    "portal_link": {
        "en": "https://care.example.org/portal/in/0123456789abcdef",
        "es": "https://care.example.org/portal/in/0123456789abcdef",
    },
    "options": {
        "en": "1 = Yes, 2 = No, 3 = Not yet",
        "es": "1 = Sí, 2 = No, 3 = Todavía no",
    },
    "opens": {
        "en": "on Wednesday, September 23 at 8:00 AM",
        "es": "el miércoles 23 de septiembre a las 8:00 a. m.",
    },
    "referrer": {"en": "Riverside Cardiology", "es": "Riverside Cardiology"},
}
"""Every placeholder, with a value of ordinary length to measure and preview with."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LINK = re.compile(
    r"\b(?:https?://|www\.)\S+"
    r"|(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu|health|care|io|info|app|link|ly|gl|gd)\b"
    r"(?!@)(?:/\S*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a template cannot be saved: a stable code, what to do about it, and the word it is about."""

    code: str
    text: str
    word: str = ""


def render(body: str, values: Mapping[str, str]) -> str:
    """Return the body with every placeholder replaced by its value.

    Raises `WordingError` when a placeholder is unknown, or its value missing or blank.
    """
    if _has_stray_brace(body):
        raise WordingError(_STRAY_BRACE.text)

    def value_of(found: re.Match[str]) -> str:
        name = found.group(1)
        value = values.get(name, "") if name in PLACEHOLDERS else ""
        if not value.strip():
            raise WordingError(f"This wording needs {{{name[:40]}}}, and nothing is known for it.")
        return value

    return _PLACEHOLDER.sub(value_of, body)


def preview(body: str, *, language: str = "en") -> tuple[str, SegmentCount]:
    """Return how a template may read, folded as it will be sent, and how many segments that takes.

    Placeholders nobody knows stay as they are.
    """
    folded = fold(sampled(body, language=language))
    return folded, count(folded)


def sampled(body: str, *, language: str = "en") -> str:
    """Return how a template may read, with every character as it was typed."""
    return _PLACEHOLDER.sub(lambda found: _sample(found.group(1), language) or found.group(), body)


def lint(
    body: str,
    *,
    channel: str = "sms",
    language: str = "en",
    first: bool = False,
    emergency: bool = False,
    max_segments: int = MAX_SEGMENTS,
    listed: Collection[str] = (),
) -> list[Problem]:
    """Return everything that keeps a template from being saved, in the order to mend it.

    `first` is for a template that may open a conversation: it says who writes and how to call;
    `emergency` for one that answers while nobody reads: it names 911. `listed`: the practice's own clinical
    words in this language; beside English and Spanish no text passes without them.
    """
    problems = [*_placeholder_problems(body)]
    if channel == "sms":
        words = _PLACEHOLDER.sub(" ", body)
        problems += _sms_problems(words, listed_in(words, listed, language))
        if language not in KNOWN_LANGUAGES and not listed:
            problems.append(_NO_CLINICAL_WORDS)
        if first:
            problems += _introduction_problems(body)
        if emergency and "911" not in body:
            problems.append(_NO_EMERGENCY)
        problems += _length_problems(body, language, max_segments)
    return problems


_EMPTY = Problem("empty", "Write what the message should say.")
_NO_EMERGENCY = Problem(
    "no_emergency", "Nobody reads it now, so say what to do in an emergency: call 911."
)
_NO_CLINICAL_WORDS = Problem(
    "no_clinical_words",
    "Say first which words no text may hold in this language: Settings, Wording, Languages.",
)
_STRAY_BRACE = Problem(
    "stray_brace", "A brace stands alone. Placeholders look like {patient_first_name}."
)


def _placeholder_problems(body: str) -> Iterator[Problem]:
    if not body.strip():
        yield _EMPTY
    for name in dict.fromkeys(_PLACEHOLDER.findall(body)):
        if name not in PLACEHOLDERS:
            near = difflib.get_close_matches(name.lower().replace(" ", "_"), PLACEHOLDERS, 1)
            hint = f" Did you mean {{{near[0]}}}?" if near else ""
            yield Problem(
                "unknown_placeholder",
                f"Nothing can be filled in for {{{name}}}.{hint}",
                f"{{{name}}}",
            )
    if _has_stray_brace(body):
        yield _STRAY_BRACE


def _sms_problems(words: str, listed: Collection[str]) -> Iterator[Problem]:
    for word in reserved_words_in(words):
        yield Problem(
            "reserved_word",
            f"Phone carriers act on the reply {word} themselves. Ask for a number: use {{options}}.",
            word,
        )
    for word in dict.fromkeys((*clinical_words_in(words), *listed)):
        yield Problem(
            "clinical_word",
            f'A text may be read by others: leave out "{word}", or write it in the portal.',
            word,
        )
    for link in dict.fromkeys(_LINK.findall(words)):
        yield Problem(
            "bare_link",
            f"Leave out {link}: the only link a text may carry is {{portal_link}}.",
            link,
        )


def _introduction_problems(body: str) -> Iterator[Problem]:
    names = _PLACEHOLDER.findall(body)
    if "practice_name" not in names:
        yield Problem("no_practice_name", "A first text says who writes: add {practice_name}.")
    if "practice_phone" not in names:
        yield Problem("no_practice_phone", "A first text says where to call: add {practice_phone}.")


def _length_problems(body: str, language: str, most: int) -> Iterator[Problem]:
    _, counted = preview(body, language=language)
    if counted.segments > most:
        yield Problem(
            "too_long",
            f"This takes {counted.segments} text segments; {most} is the most. Say it shorter.",
        )


def _sample(name: str, language: str) -> str | None:
    samples = PLACEHOLDERS.get(name)
    return samples.get(language, samples["en"]) if samples else None


def _has_stray_brace(body: str) -> bool:
    rest = _PLACEHOLDER.sub("", body)
    return "{" in rest or "}" in rest
