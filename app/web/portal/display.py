"""Days, times and names as patients read them, in their language and zone; for portal pages only."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask_babel import get_locale as current_locale
from flask_babel import gettext, lazy_gettext

from app.models.media import Media, MediaStatus
from app.models.practice import Practice
from app.models.touchpoint import ActorKind, Touchpoint
from app.models.user import Role, User
from app.web.moment import today
from messaging import phone
from messaging.media_types import BY_MIME, declared_kind

_DAY = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
_DAY_OF_YEAR = {"en": "MMMM d, y", "es": "d 'de' MMMM 'de' y"}
ROLES = {
    Role.NAVIGATOR: lazy_gettext("care navigator"),
    Role.CLINICIAN: lazy_gettext("clinician"),
    Role.LEAD: lazy_gettext("care team lead"),
    Role.FRONT_DESK: lazy_gettext("practice staff"),
    Role.ADMIN: lazy_gettext("practice staff"),
    Role.ANALYST: lazy_gettext("practice staff"),
}
_CONTACTS = {
    ("sms", "inbound"): lazy_gettext("Text from you"),
    ("sms", "outbound"): lazy_gettext("Text from us"),
    ("portal", "inbound"): lazy_gettext("Portal message from you"),
    ("portal", "outbound"): lazy_gettext("Portal message from us"),
    ("phone", "inbound"): lazy_gettext("Call from you"),
    ("phone", "outbound"): lazy_gettext("Call from us"),
}
#: By somebody who speaks for the patient.
_CONTACTS_BY_HELPER = {
    "sms": lazy_gettext("Text from somebody who helps you"),
    "phone": lazy_gettext("Call from somebody who helps you"),
}
_CONTACTS_ANY = {
    "phone": lazy_gettext("Call"),
    "email": lazy_gettext("E-mail"),
    "fax": lazy_gettext("Fax"),
    "letter": lazy_gettext("Letter"),
    "in_person": lazy_gettext("Visit"),
}
_FILES = {
    "picture": lazy_gettext("Picture"),
    "document": lazy_gettext("Document"),
    "sound": lazy_gettext("Sound recording"),
    "film": lazy_gettext("Video"),
    "contact": lazy_gettext("Contact card"),
}
_OUTCOMES = {
    "left_message": lazy_gettext("we left a message"),
    "no_answer": lazy_gettext("no answer"),
    "wrong_number": lazy_gettext("wrong number"),
    "declined": lazy_gettext("you did not want to talk"),
}


def language() -> str:
    """ "en" or "es"."""
    return str(current_locale().language)


def day_of(moment: datetime, zone: str) -> str:
    """Today, Yesterday, Tomorrow, "Tuesday, March 3" or "martes 3 de marzo"; with the year if another."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    here = today(zone)
    near = {-1: gettext("Yesterday"), 0: gettext("Today"), 1: gettext("Tomorrow")}
    if (day - here).days in near:
        return str(near[(day - here).days])
    pattern = _DAY if day.year == here.year else _DAY_OF_YEAR
    written = format_date(day, pattern[language()], locale=language())
    return written[:1].upper() + written[1:]


def clock_of(moment: datetime, zone: str) -> str:
    """2:05 PM, in the patient's zone."""
    return _narrow(format_time(moment, "h:mm a", tzinfo=ZoneInfo(zone), locale=language()))


def number_of(e164: str) -> str:
    """A phone number that never breaks at the end of a line."""
    return phone.show(e164).replace(" ", "\u00a0").replace("-", "\u2011")


def staff_name(user: User) -> str:
    """A member of staff as patients know them: "Ana, care navigator"."""
    return f"{user.name.split()[0]}, {ROLES[user.role]}"


def weekly_hours(practice: Practice) -> list[tuple[str, str]]:
    """("Monday – Friday", "8:00 AM – 5:00 PM"), equal neighbouring days together; empty = always open."""
    rows: list[tuple[int, int, str]] = []
    for day in range(7):
        spans = practice.hours.get(str(day), [])
        text = ", ".join(f"{_hour(opens)} – {_hour(closes)}" for opens, closes in spans)
        if text and rows and rows[-1][1:] == (day - 1, text):
            rows[-1] = (rows[-1][0], day, text)
        elif text:
            rows.append((day, day, text))
    return [(_days(first, last), text) for first, last, text in rows]


def _days(first: int, last: int) -> str:
    names = current_locale().days["format"]["wide"]
    text = names[first] if first == last else f"{names[first]} – {names[last]}"
    return text[:1].upper() + text[1:]


def _hour(text: str) -> str:
    return _narrow(format_time(time.fromisoformat(text), "h:mm a", locale=language()))


def _narrow(text: str) -> str:
    """Without the narrow space that old fonts draw as a box."""
    return text.replace("\u202f", "\u00a0")


def month_names() -> list[tuple[int, str]]:
    """(1, "January") … to choose a birth month from."""
    return [(n, name.capitalize()) for n, name in current_locale().months["format"]["wide"].items()]


def contact_words(row: Touchpoint) -> str:
    """What kind of contact it was: "Text from us", "Call, reached"."""
    kind = _CONTACTS.get((row.channel, row.direction)) or _CONTACTS_ANY.get(row.channel)
    if row.actor_kind is ActorKind.CAREGIVER and row.direction == "inbound":
        kind = _CONTACTS_BY_HELPER.get(row.channel, kind)
    words = str(kind or gettext("Contact"))
    outcome = _OUTCOMES.get(row.contact_outcome or "")
    return f"{words}: {outcome}" if outcome else words


def file_words(row: Media) -> str:
    """What was sent, and whether the care team has it: "Picture", "Picture (we could not open it)"."""
    known = BY_MIME.get(row.found_type or "")
    kind = known.kind if known else declared_kind(row.declared_type)
    words = str(_FILES.get(kind) or gettext("File"))
    if row.status in (MediaStatus.WAITING, MediaStatus.FETCHED):
        return words
    return str(gettext("%(file)s (we could not open it)", file=words))


def to_templates() -> dict[str, object]:
    """What portal pages may call."""
    return {
        "contact_words": contact_words,
        "file_words": file_words,
        "month_names": month_names(),
        "day_of": day_of,
        "clock_of": clock_of,
        "number_of": number_of,
        "staff_name": staff_name,
        "weekly_hours": weekly_hours,
        "page_language": language(),
    }
