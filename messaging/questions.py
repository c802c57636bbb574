"""Open questions a message may pose, and how their options are shown."""

from __future__ import annotations

from dataclasses import dataclass

from messaging.words.answer_phrases import PHRASES, AnswerPhrases

KINDS = ("yes_no", "choice", "text")
_LABELS = {"en": ("Yes", "No", "Not yet"), "es": ("Sí", "No", "Todavía no")}
_NO_PHRASES = AnswerPhrases((), (), ())


@dataclass(frozen=True, slots=True)
class Option:
    """One answer a person may choose: its stable key, the number to reply with, the label shown."""

    key: str
    number: int
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """An open question. `kind` is "yes_no" (keys yes, no, not_yet), "choice" or "text".

    The phrases say what else counts as each answer of a yes_no question, in whole phrases.
    """

    kind: str
    options: tuple[Option, ...] = ()
    language: str = "en"
    yes_phrases: tuple[str, ...] = ()
    no_phrases: tuple[str, ...] = ()
    not_yet_phrases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"A question is one of {', '.join(KINDS)}, not {self.kind!r}.")
        if len({option.number for option in self.options}) < len(self.options):
            raise ValueError("Two options share a number.")


def yes_no(language: str = "en", *, about: str | None = None) -> Question:
    """Return the usual question: 1 yes, 2 no, 3 not yet.

    `about` is a task type of `words/answer_phrases.py` and adds what people say to it; any other adds
    nothing.
    """
    yes, no, not_yet = _LABELS.get(language, _LABELS["en"])
    options = (Option("yes", 1, yes), Option("no", 2, no), Option("not_yet", 3, not_yet))
    phrases = PHRASES.get(about or "", _NO_PHRASES)
    return Question("yes_no", options, language, phrases.yes, phrases.no, phrases.not_yet)


def options_text(question: Question) -> str:
    """Return the options as a text shows them, a line each: "1 = Yes"."""
    return "\n".join(f"{option.number} = {option.label}" for option in question.options)
