"""What staff read about a text to a list: where people's texts stand, why some wait or get none, and the
decisions about the list."""

import math

from app.web.display import rule_words

LIST_WORDS: dict[str, dict[str, str]] = {
    "list_state": {
        "unwritten": "Being prepared",
        "waiting": "Waiting to leave",
        "leaving": "Leaving",
        "sent": "Sent",
        "delivered": "Delivered",
        "failed": "Not delivered",
        "in_doubt": "Unsure whether it left",
        "withheld": "Not sent",
        "stopped": "Stopped",
    },
    "list_reason": {
        "ok": "In line to leave, as fast as the line and the list allow.",
        "no_words": "There are no words in their language.",
        "urgent": "They wrote urgent words that nobody has answered. Answer them first.",
        "broken": "This text could not be written. Look at the patient's record.",
    },
    "list_icon": {
        "unwritten": "note",
        "waiting": "clock",
        "leaving": "send",
        "sent": "check",
        "delivered": "checks",
        "failed": "alert-circle",
        "in_doubt": "alert-triangle",
        "withheld": "ban",
        "stopped": "hand-stop",
    },
    "list_purpose": {
        "care_navigation": "Follow-up of care",
        "appointment": "Appointments",
        "referral": "Referrals",
    },
}


def reason_words(reason: str) -> str:
    """Why a text of a list waits or is not sent, as a sentence."""
    return LIST_WORDS["list_reason"].get(reason) or rule_words(reason)


def span_words(seconds: float) -> str:
    """How long the sending takes, rounded up: "under a minute", "about 12 minutes", "about 3 hours"."""
    minutes = math.ceil(seconds / 60)
    if minutes < 2:
        return "under a minute" if seconds < 60 else "about a minute"
    return f"about {minutes} minutes" if minutes < 120 else f"about {math.ceil(minutes / 60)} hours"
