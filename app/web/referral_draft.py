"""The update for the referring office as a first draft, in plain sentences from what is on record. A person
reads and completes it before anybody is told."""

from datetime import datetime
from zoneinfo import ZoneInfo

from app.models.referral import Referral
from app.web.session import signed_in


def draft(referral: Referral) -> str:
    """What the record says, and a line to complete."""
    patient, practice = referral.patient, signed_in().practice
    who = f" {referral.referred_by}" if referral.referred_by else ""
    said = [
        f"Dear{who or ' colleagues'},",
        f"{patient.name}, born {patient.birth_date.isoformat()}, was referred to {practice.name} "
        f"on {_day(referral.received_at)}: {_sentence(referral.reason)}",
    ]
    if referral.connected_at is not None:
        said.append(
            f"They have been in touch with our care team since {_day(referral.connected_at)}."
        )
    else:
        said.append("We have tried to reach them and are not in touch yet.")
    said.append("What we do next: ")
    return "\n".join(said)


def _day(moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(signed_in().practice.time_zone))
    return f"{local:%B} {local.day}, {local.year}"


def _sentence(text: str) -> str:
    words = text.strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."
