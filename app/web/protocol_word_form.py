"""The form for a protocol's words: its title and outcomes as staff read them, and the answers as patients do,
in English and Spanish. What keeps them from being used stands beside each field."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.errors import Invalid
from app.models.protocol_definition import Definition
from messaging import keywords, wording
from messaging.keywords import Keyword

LANGUAGES = (("en", "English"), ("es", "Spanish"))
LONGEST_TITLE, LONGEST_LABEL, LONGEST_LINE = 60, 60, 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One field: where its words lie in the definition, what it is called, and which rules hold."""

    name: str
    path: tuple[str | int, ...]
    shown: str
    language: str | None = None
    longest: int = LONGEST_LABEL
    #: Numbers it must name, so that patients know what to answer.
    numbers: tuple[int, ...] = ()
    #: Placeholders it may hold.
    filled: tuple[str, ...] = ()


@dataclass
class Filled:
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)


class Refused(Invalid):
    """Something in the words needs a second look. Nothing was saved."""


def staff_fields(definition: Definition) -> Iterator[Asked]:
    yield Asked("title", ("title",), "What it is called", longest=LONGEST_TITLE)
    for n, each in enumerate(definition.outcomes):
        yield Asked(f"outcome-{each.key}", ("outcomes", n, "title"), f"Ends as “{each.title}”",
                    longest=LONGEST_TITLE)  # fmt: skip


def patient_fields(definition: Definition, language: str) -> Iterator[Asked]:
    """What patients read in this language."""
    day = ("{appointment_day}",) if "{appointment_day}" in definition.label["en"] else ()
    yield Asked(f"label-{language}", ("label", language), "What it is about", language, filled=day)
    if definition.label_undated is not None:
        yield Asked(f"undated-{language}", ("label_undated", language),
                    "The same, when the day is not known", language)  # fmt: skip
    numbers = tuple(each.number for each in definition.question.options)
    yield Asked(f"line-{language}", ("question", "options_text", language),
                "The line that names the answers", language, LONGEST_LINE, numbers)  # fmt: skip
    for n, each in enumerate(definition.question.options):
        yield Asked(f"answer-{each.key}-{language}", ("question", "options", n, "label", language),
                    f"Button {each.number}", language)  # fmt: skip
    for n, each in enumerate(definition.barrier.options):
        yield Asked(f"barrier-{each.key}-{language}", ("barrier", "options", n, "label", language),
                    f"After a no, {each.number}", language)  # fmt: skip


def fields_of(definition: Definition) -> list[Asked]:
    found = [*staff_fields(definition)]
    for language, _ in LANGUAGES:
        found += patient_fields(definition, language)
    return found


def of_definition(definition: Definition) -> Filled:
    data = definition.model_dump(mode="json")
    return Filled({each.name: _at(data, each.path) for each in fields_of(definition)})


def of_form(form: MultiDict[str, str], definition: Definition) -> Filled:
    """What was sent, as it was typed."""
    return Filled({
        each.name: " ".join(form.get(each.name, "").split())[:400] for each in fields_of(definition)
    })  # fmt: skip


def definition_of(filled: Filled, base: Definition) -> Definition:
    """The definition with these words. Raises Refused with an error per field."""
    data: Any = base.model_dump(mode="json")
    for each in fields_of(base):
        problem = _problem(each, filled.values[each.name])
        if problem:
            filled.errors[each.name] = problem
        _put(data, each.path, filled.values[each.name])
    if filled.errors:
        raise Refused
    return Definition.model_validate(data)


def _problem(asked: Asked, text: str) -> str:
    if not text:
        return "Write something here."
    if len(text) > asked.longest:
        return f"Shorten it to {asked.longest} characters."
    if asked.language is None:
        return ""
    return _wrong_for_patients(asked, text, asked.language)


def _wrong_for_patients(asked: Asked, text: str, language: str) -> str:
    missing = [str(n) for n in asked.numbers if str(n) not in text]
    if missing:
        return f"Name the number{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
    meant = keywords.read(text)
    if meant is not None and meant.exact and meant.keyword in (Keyword.STOP, Keyword.HELP):
        return f"“{text}” already means {meant.keyword.name} to the phone company."
    plain = text
    for name in asked.filled:
        if name not in text:
            return f"Keep {name}: the day is filled in there."
        plain = plain.replace(name, "")
    if "{" in plain or "}" in plain:
        return "Nothing is filled in here: leave braces out."
    return " ".join(each.text for each in wording.lint(text, language=language))


def _at(data: Any, path: tuple[str | int, ...]) -> str:
    for step in path:
        data = data[step] if isinstance(step, int) else data.get(step, "")
    return str(data)


def _put(data: Any, path: tuple[str | int, ...], value: str) -> None:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value
