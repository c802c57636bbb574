"""What would happen to a reply that is still being written: how long it is, what the wording risks, and
what the gate would say. Writes nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.actions import message_draft, messages, verdicts
from app.core.db import db
from app.models.conversation import Conversation
from app.models.message import Channel
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.viewer import Viewer
from messaging import segments, wording
from messaging.gate import Decision, Purpose, Verdict
from messaging.segments import SegmentCount
from messaging.wording import Problem

#: Stands in for a body that is not there yet: the gate looks at everything but the words.
_NOTHING_YET = "…"
#: A reply may be in any language: that one has no list yet is for whoever writes wordings.
_NO_MATTER = frozenset({"empty", "no_clinical_words"})


@dataclass(frozen=True, slots=True)
class Preview:
    """`counted` is None in the portal, where length costs nothing."""

    verdict: Verdict
    problems: list[Problem]
    counted: SegmentCount | None
    #: The gate at the moment chosen for later: quiet hours may push it on.
    at_time: Verdict | None = None


def problems_of(
    body: str, channel: str, patient: Patient | None, practice_id: UUID
) -> list[Problem]:
    """What the wording risks, by the shipped lists and the practice's own words in the patient's language."""
    if not body.strip():
        return []
    language = patient.language if patient is not None else "en"
    listed = db.session.get_one(Practice, practice_id).clinical_words_in(language)
    found = wording.lint(body, channel=channel, language=language, listed=listed)
    return [each for each in found if each.code not in _NO_MATTER]


def preview_reply(
    conversation: Conversation,
    *,
    channel: str,
    body: str,
    by: Viewer,
    at: datetime,
    send_after: datetime | None = None,
) -> Preview:
    """Judge a staff reply as it stands. Raises Invalid for a body that is too long for its channel."""
    patient = conversation.patient
    draft = messages.Draft(
        practice_id=conversation.practice_id,
        conversation=conversation,
        patient=patient,
        phone_number=None if patient else conversation.phone_number,
        channel=channel,
        body=body.strip() or _NOTHING_YET,
        purpose=Purpose.STAFF_REPLY,
        send_key="preview",
        solicited=send_after is None and messages.answers_just_now(conversation, at),
        send_after=send_after,
    )
    row = message_draft.message_of(draft, conversation, at=at)
    row.author_id = by.id if by.kind == "user" else None
    judged = verdicts.ask(row, at=at)
    verdict = judged.verdict
    waits = send_after is not None and verdict.decision is Decision.WAIT
    at_time = judged.again(at=send_after) if send_after and waits else None
    is_text = channel == Channel.SMS
    return Preview(
        verdict,
        problems_of(body, channel, patient, conversation.practice_id),
        segments.count(segments.fold(body.strip())) if is_text else None,
        at_time,
    )
