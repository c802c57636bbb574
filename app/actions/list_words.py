"""The words of a text to a list: templates by language that pass the wording lint as a first text does, and
how they read for one person. Only what is known of everybody can be filled in."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.actions.ladder_texts import channel_of
from app.actions.task_wording import practice_phone
from app.core.settings import current_settings
from app.models.known_wording import FILLED_IN_LISTS, unfilled
from app.models.message import Channel
from app.models.patient import Patient
from app.models.practice import Practice
from messaging import segments, wording
from messaging.wording import Problem


@dataclass(frozen=True, slots=True)
class Text:
    """The words for one person as they will be sent."""

    language: str
    body: str
    segments: int


def problems_of(body: str, language: str, practice: Practice) -> list[Problem]:
    """Everything that keeps these words from being sent to a list."""
    listed = practice.clinical_words_in(language)
    found = wording.lint(body, language=language, first=True, listed=listed)
    return found + unfilled(body, FILLED_IN_LISTS, "a text to a list")


class Writer:
    """Fills the words in for each person of a practice."""

    def __init__(
        self, practice: Practice, words: Mapping[str, str], *, others_get_english: bool
    ) -> None:
        self.words, self.others_get_english = words, others_get_english
        self._known = {
            "practice_name": practice.name,
            "practice_phone": practice_phone(practice),
            "portal_link": f"{current_settings().public_url}/portal",
        }

    def language_for(self, patient: Patient) -> str | None:
        """The language they get; None when there are no words in theirs."""
        if self.words.get(patient.language):
            return patient.language
        return "en" if self.others_get_english and self.words.get("en") else None

    def text_for(self, patient: Patient) -> Text | None:
        """Raises messaging.errors.WordingError when a value is missing."""
        language = self.language_for(patient)
        if language is None:
            return None
        values = self._known | {"patient_first_name": patient.given_name}
        body = wording.render(self.words[language], values).strip()
        if channel_of(patient) is Channel.PORTAL:
            return Text(language, body, 0)
        folded = segments.fold(body)
        return Text(language, folded, segments.count(folded).segments)
