"""How people answer, in their own words, the three questions Touchline asks most often.

Whole phrases in the past, with no doubt in them. A phrase stands alone, or beside a yes, a thank-you or a
day ("on Tuesday"); anything more around it goes to a person. One test per phrase.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from messaging.words import appointment_phrases, medication_phrases, referral_phrases


@dataclass(frozen=True, slots=True)
class AnswerPhrases:
    """What counts as yes, no and not yet, beyond the bare words."""

    yes: tuple[str, ...]
    no: tuple[str, ...]
    not_yet: tuple[str, ...]


PHRASES: Mapping[str, AnswerPhrases] = {
    "medication_received": AnswerPhrases(
        medication_phrases.YES, medication_phrases.NO, medication_phrases.NOT_YET
    ),
    "appointment_kept": AnswerPhrases(
        appointment_phrases.YES, appointment_phrases.NO, appointment_phrases.NOT_YET
    ),
    "referral_follow_up": AnswerPhrases(
        referral_phrases.YES, referral_phrases.NO, referral_phrases.NOT_YET
    ),
}
