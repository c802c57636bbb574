"""What Touchline ships: wording that passes its own lint, protocols that read it, phrases that mean what
they are listed under."""

import re
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from app.models.protocol_definition import Definition
from app.models.shipped.loader import Wording, shipped_protocols, shipped_templates
from app.models.task import TaskType
from messaging import wording
from messaging.questions import Option, Question
from messaging.replies import Understanding, understand
from messaging.words.answer_phrases import PHRASES, AnswerPhrases

pytestmark = pytest.mark.pure
PROTOCOLS = shipped_protocols()
TEMPLATES = shipped_templates()


def bodies() -> Iterator[tuple[str, str, Wording]]:
    return ((key, language, each) for key, each in TEMPLATES.items() for language in each.body)


@pytest.mark.parametrize(("key", "language", "shipped"), list(bodies()))
def test_it_ships_wording_without_a_problem(key: str, language: str, shipped: Wording) -> None:
    body = shipped.body[language]  # type: ignore[index]
    assert wording.lint(body, language=language, first=shipped.is_first) == []


@pytest.mark.parametrize("key", list(TEMPLATES))
def test_it_ships_every_wording_in_both_languages_with_the_same_placeholders(key: str) -> None:
    body = TEMPLATES[key].body
    placeholders = {
        language: set(re.findall(r"{(\w+)}", words)) for language, words in body.items()
    }
    assert set(placeholders) == {"en", "es"}
    assert placeholders["en"] == placeholders["es"]


def test_it_ships_a_protocol_for_every_task_type() -> None:
    assert set(PROTOCOLS) == set(TaskType)


@pytest.mark.parametrize("definition", PROTOCOLS.values(), ids=list(PROTOCOLS))
def test_it_names_only_wording_that_exists(definition: Definition) -> None:
    named = {step.template for step in definition.steps if step.template}
    named |= {step.template_undated for step in definition.steps if step.template_undated}
    named.add(definition.barrier.template)
    assert named <= set(TEMPLATES)
    asks = {name for name in named if name != definition.barrier.template}
    assert asks
    assert all(TEMPLATES[name].is_first for name in asks)


@pytest.mark.parametrize("definition", PROTOCOLS.values(), ids=list(PROTOCOLS))
def test_it_never_puts_the_name_of_a_medicine_into_a_text(definition: Definition) -> None:
    asked = [TEMPLATES[step.template] for step in definition.steps if step.template]
    assert asked
    assert not any("medication_label" in words for each in asked for words in each.body.values())


def phrases() -> Iterator[tuple[str, str, str]]:
    for task_type, definition in PROTOCOLS.items():
        for key, by_language in definition.question.phrases.items():
            for listed in by_language.values():
                yield from ((task_type, key, phrase) for phrase in listed)


@pytest.mark.parametrize(("task_type", "key", "phrase"), list(phrases()))
def test_it_reads_every_listed_phrase_as_what_it_is_listed_under_beside_the_usual_ones(
    task_type: str, key: str, phrase: str
) -> None:
    question = PROTOCOLS[task_type].question
    usual = PHRASES.get(task_type, AnswerPhrases((), (), ()))
    listed = {
        name: (
            *(p for each in question.phrases[name].values() for p in each),
            *getattr(usual, name),
        )  # type: ignore[index]
        for name in ("yes", "no", "not_yet")
    }
    asked = Question(
        "yes_no",
        tuple(Option(o.key, o.number, o.label["en"]) for o in question.options),
        "en",
        yes_phrases=listed["yes"],
        no_phrases=listed["no"],
        not_yet_phrases=listed["not_yet"],
    )
    answer = understand(f"{phrase.capitalize()}.", asked)
    assert (answer.understanding, answer.key) == (Understanding.UNDERSTOOD, key)


def _data() -> dict[str, object]:
    return PROTOCOLS["medication_received"].model_dump(mode="json")


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": []},
        {"yes": {"means": "complete", "outcome": "nothing we know"}},
        {"not_yet": {"after_days": 1, "from_step": "nowhere"}},
        {"steps": [{"key": "ask", "action": "text"}]},
        {"steps": [{"key": "call", "action": "call", "template": "medication_received.ask"}]},
        {"due": {"rule": "someday", "days": 3, "counted_from": "created"}},
        {"surprise": 1},
        {"version": "1"},
    ],
)
def test_it_refuses_a_protocol_that_makes_no_sense(wrong: dict[str, object]) -> None:
    assert Definition.model_validate(_data())
    with pytest.raises(ValidationError):
        Definition.model_validate(_data() | wrong)


def test_it_refuses_two_answers_with_one_number() -> None:
    data = _data()
    data["barrier"]["options"][1]["number"] = 1  # type: ignore[index]
    with pytest.raises(ValidationError, match="same number"):
        Definition.model_validate(data)
