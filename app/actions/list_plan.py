"""What somebody wants to send to a list (`Plan`), checked; and the messages it makes, one per person."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.actions import list_words
from app.actions.ladder_texts import channel_of
from app.actions.list_words import Text
from app.actions.message_draft import Draft
from app.core.errors import Invalid
from app.models.list_send import ListSend
from app.models.message import Channel, Message
from app.models.patient import Patient
from app.models.practice import Practice
from messaging.gate import Purpose
from messaging.lanes import Lane

#: What a list may be about: each needs consent for it.
PURPOSES = (Purpose.CARE_NAVIGATION, Purpose.APPOINTMENT, Purpose.REFERRAL)
MOST_PER_MINUTE = 600
MOST_PEOPLE = 10_000


@dataclass(frozen=True, slots=True)
class Plan:
    """The words by language, what consent they need, and when and how fast they may leave."""

    words: Mapping[str, str]
    purpose: Purpose = Purpose.CARE_NAVIGATION
    others_get_english: bool = False
    send_after: datetime | None = None
    not_after: datetime | None = None
    per_minute: int | None = None

    @classmethod
    def of(cls, row: ListSend) -> "Plan":
        return cls(
            row.words,
            Purpose(row.purpose),
            row.others_get_english,
            row.send_after,
            row.not_after,
            row.per_minute,
        )

    def check(self, practice: Practice, *, at: datetime) -> None:
        """Raise Invalid with everything that is wrong with the words, or the first wrong number."""
        for language, body in self.words.items():
            problems = list_words.problems_of(body, language, practice)
            if problems:
                said = " ".join(problem.text for problem in problems)
                raise Invalid(said, field=f"words_{language}")
        if not self.words:
            raise Invalid("Write the words, at least in one language.", field="words_en")
        if self.purpose not in PURPOSES:
            raise Invalid("Choose what it is about.", field="purpose")
        self._check_times(at)

    def _check_times(self, at: datetime) -> None:
        starts = max(self.send_after or at, at)
        if self.not_after is not None and self.not_after <= starts:
            raise Invalid("The end must be later than now and than the start.", field="not_after")
        if self.per_minute is not None and not 1 <= self.per_minute <= MOST_PER_MINUTE:
            raise Invalid(f"Choose 1 to {MOST_PER_MINUTE} a minute.", field="per_minute")

    def digest(self, patient_ids: Iterable[UUID]) -> str:
        """The same for the same words to the same people."""
        people = sorted(str(row_id) for row_id in patient_ids)
        said = json.dumps([sorted(self.words.items()), self.purpose.value, people])
        return hashlib.sha256(said.encode()).hexdigest()

    def message_to(self, patient: Patient, *, practice_id: UUID) -> Message:
        """The row as far as the gate looks at it; it is stored nowhere."""
        return Message(
            practice_id=practice_id,
            patient_id=patient.id,
            channel=channel_of(patient),
            purpose=self.purpose.value,
            is_automated=True,
            solicited=False,
            confirms_opt_out=False,
            send_after=self.send_after,
            not_after=self.not_after,
        )


def draft_for(row: ListSend, patient: Patient, text: Text) -> Draft:
    """One person's message of a list: one, however often it is written."""
    return Draft(
        practice_id=row.practice_id,
        patient=patient,
        channel=channel_of(patient),
        body=text.body,
        language=text.language,
        purpose=row.purpose,
        send_key=f"list:{row.id}:{patient.id}",
        is_automated=True,
        send_after=row.send_after,
        not_after=row.not_after,
        lane=Lane.LIST,
    )


def is_text(patient: Patient) -> bool:
    """Whether it goes to their phone; otherwise they read it in the portal."""
    return channel_of(patient) is Channel.SMS
