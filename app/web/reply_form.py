"""What the reply box is made of: ready-made replies with the person's values in place, times to snooze
until, and reading a moment somebody typed in the practice's zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.actions import templates
from app.core.errors import Invalid
from app.models.conversation import Conversation
from app.queries.inbox import UNTIL_THEY_WRITE
from app.web.moment import moment_in, now
from app.web.session import signed_in
from messaging import phone, wording
from messaging.errors import WordingError

MORNING = time(8)
LONGEST_AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Starter:
    """A ready-made reply; `body` is what goes into the box."""

    title: str
    body: str


def starters(conversation: Conversation) -> list[Starter]:
    """Ready-made replies in the person's language; one whose values are unknown is left out."""
    patient, practice = conversation.patient, signed_in().practice
    values = {
        "practice_name": practice.name,
        "practice_phone": phone.show(practice.phone) if practice.phone else "",
        "patient_first_name": patient.given_name if patient else "",
    }
    made = []
    for phrase in templates.reply_phrases(practice, patient.language if patient else "en"):
        try:
            made.append(Starter(phrase.title, wording.render(phrase.body, values)))
        except WordingError:
            continue
    return made


def snooze_choices(zone: str) -> list[tuple[str, str]]:
    """(value of the form field, words) in the practice's zone."""
    here = now().astimezone(ZoneInfo(zone))
    tomorrow = datetime.combine(here.date() + timedelta(days=1), MORNING, tzinfo=here.tzinfo)
    monday = tomorrow + timedelta(days=(7 - tomorrow.weekday()) % 7)
    return [
        ((now() + timedelta(hours=2)).isoformat(timespec="minutes"), "For 2 hours"),
        (tomorrow.isoformat(timespec="minutes"), "Until tomorrow 8:00 am"),
        (monday.isoformat(timespec="minutes"), "Until Monday 8:00 am"),
        ("reply", "Until they write"),
    ]


def snooze_until(text: str) -> datetime:
    """The moment a snooze form names; raises Invalid."""
    return UNTIL_THEY_WRITE if text == "reply" else moment_of(text, field="until")


def send_after(text: str) -> datetime | None:
    """When a reply shall leave; None = now. Raises Invalid for the past or a time too far off."""
    if not text.strip():
        return None
    chosen = moment_of(text, field="send_after")
    if chosen <= now():
        raise Invalid("Choose a time that is still to come.", field="send_after")
    if chosen > now() + LONGEST_AHEAD:
        raise Invalid("That is more than a year away.", field="send_after")
    return chosen


def moment_of(text: str, *, field: str) -> datetime:
    """A date-and-time field, meant in the practice's zone unless it names one. Raises Invalid."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("Write the day and time like 2026-03-31 14:30.", field=field) from None
    return moment if moment.tzinfo else moment_in(signed_in().practice.time_zone, moment)
