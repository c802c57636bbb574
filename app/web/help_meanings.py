"""What each status, chip and colour means, for the help page. The codes are those of the catalogue the
badges use (`app.web.words`): a code without a meaning, or a meaning without a code, fails a test."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from app.web.words import WORDS

MEANINGS: dict[str, dict[str, str]] = {
    "status": {
        "requested": "Open, nobody has begun.",
        "accepted": "Open, somebody owns it.",
        "in_progress": "Texts have left or somebody works on it.",
        "on_hold": "Its steps wait until a day, or until somebody resumes it.",
        "completed": "Ended, with how it ended and how we know.",
        "cancelled": "Not needed any more.",
        "rejected": "Refused by whom it was given to.",
        "failed": "Nobody could be reached.",
        "entered_in_error": "Should not have been there.",
    },
    "needs": {
        "call": "The texts got no answer: call.",
        "call_caregiver": "The person who helps them is to be called.",
        "ask_partner": "The organization or office knows: ask there.",
        "review_reply": "The patient wrote something a person has to read.",
        "solve_barrier": "They said what is in the way: help with it.",
        "other_channel": "Texts cannot reach them: find another way.",
        "update_pcp": "The patient is in touch; the referring office is to be told.",
        "settle": "Two people said different things: find out.",
        "fix_address": "An e-mail to the office came back: ask for the right address.",
        "next_step": "The office was told; the referral waits for its next step.",
        "lead_decision": "It is late or stuck: a lead decides.",
    },
    "delivery": {
        "queued": "It leaves when its time has come.",
        "sending": "It is being handed to the phone company.",
        "sent": "The phone company has it; no word of arrival yet.",
        "delivered": "The phone company says it arrived.",
        "failed": "It did not arrive. The reason stands with it.",
        "withheld": "It may not be sent. The reason stands with it.",
        "cancelled": "Somebody took it back before it left.",
        "expired": "Its time was over before it could leave.",
        "in_doubt": "The phone company’s answer was lost. It is not sent twice on a guess.",
        "received": "It came in.",
    },
    "evidence": {
        "partner_confirmed": "The organization, pharmacy or office said so.",
        "patient_confirmed": "The patient said so.",
        "caregiver_confirmed": "Somebody who may speak for the patient said so.",
        "document": "A letter or record shows it.",
        "staff_attested": "You saw to it, and vouch for it.",
        "not_verified": "Nobody could confirm it.",
    },
}
TITLES = {
    "status": "Where a task stands",
    "needs": "What a card needs next",
    "delivery": "What became of a text",
    "evidence": "How we know how it ended",
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """One code as the pages say it, and what it means."""

    code: str
    word: str
    means: str


def meanings() -> list[tuple[str, str, list[Meaning]]]:
    """(kind, title, rows) in the order of the catalogue; codes with the same word and meaning once."""
    return [
        (
            kind,
            TITLES[kind],
            [Meaning(code, WORDS[kind][code], known[code]) for code in WORDS[kind]],
        )
        for kind, known in MEANINGS.items()
    ]


def due_examples(at: datetime) -> list[tuple[Any, str]]:
    """Tasks as the due chip sees them, and what its colours say."""

    def task(**own: Any) -> Any:
        usual = {"is_open": True, "overdue_since": None, "due_zone": "UTC", "completed_at": None}
        return SimpleNamespace(**(usual | own))

    days = {n: at + timedelta(days=n) for n in (-1, 0, 3)}
    return [
        (task(due_on=days[3].date(), due_at=days[3]), "Grey: there is time."),
        (task(due_on=days[0].date(), due_at=at + timedelta(minutes=5)), "Amber: it is due today."),
        (
            task(due_on=days[-1].date(), due_at=days[-1], overdue_since=days[-1]),
            "Red: its time is over.",
        ),
        (task(is_open=False, completed_at=at), "With a tick: it is closed."),
    ]
