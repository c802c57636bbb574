"""More words for codes: how a patient wants to be contacted, why a step of a protocol was left out, how the
contact a protocol asks for stands. They join the one table of `app.web.words`."""

from flask import Flask

from app.web.words import WORDS

CONTACT_WORDS: dict[str, dict[str, str]] = {
    "preference": {
        "call_only": "Call only, no automatic texts",
        "no_links": "No links, no portal",
        "flip_phone": "Flip phone: cannot open links",
        "interpreter": "Needs an interpreter on calls",
    },
    "time_of_day": {
        "": "Any time",
        "morning": "Mornings",
        "afternoon": "Afternoons",
        "evening": "Evenings",
    },
    "contact_state": {
        "open": "No contact yet",
        "met": "Contact made in time",
        "met_by_attempts": "Not reached: enough attempts in time",
        "not_met": "No contact in time",
    },
    "step_reason": {
        "question_open": "Another question was still open.",
        "call_only": "They want calls only, no automatic texts.",
        "no_links": "They want no links.",
        "flip_phone": "Their phone cannot open links.",
        "no_caregiver": "No caregiver recorded who may hear about it.",
        "no_partner": "No partner is named on the task.",
        "wording": "The practice's own wording needs something nobody knows here.",
    },
}


def register(_app: Flask) -> None:
    WORDS.update(CONTACT_WORDS)
