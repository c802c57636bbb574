"""What may stand in a patient's fields, whoever sends them: a form, the API or a panel file. Text is kept
as it was written, apart from spaces around it; what cannot be used is refused with what to do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypedDict
from uuid import UUID

from babel.core import Locale, UnknownLocaleError

from app.core.errors import Invalid
from app.models.consent import ConsentHow
from app.models.sensitivity import Sensitivity
from app.value.npi import is_npi
from messaging import phone
from messaging.errors import BadNumber, UnknownZone
from messaging.zones import zone_named

_EARLIEST = date(1900, 1, 1)
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+")
_US_ZIP = re.compile(r"\d{5}(-\d{4})?")
_ANY_POSTAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{1,11}")
#: Control characters, line and paragraph separators, halves of characters, private use.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\uf8ff]")
_ENGLISH_NAMES = {"english": "en", "inglés": "en", "spanish": "es", "español": "es"}


@dataclass(frozen=True, slots=True)
class SmsConsent:
    """What somebody else recorded about texting: the decision, its day, the words, and how we heard."""

    given: bool
    on: date
    wording: str
    how: ConsentHow


class PatientFields(TypedDict, total=False):
    """Everything about a patient that a caller may set; what is left out stays as it is."""

    mrn: str
    given_name: str
    family_name: str
    birth_date: date
    phone: str | None
    language: str
    postal_code: str | None
    time_zone: str | None
    email: str | None
    pcp: str | None
    pcp_npi: str | None
    subgroup: str | None
    care_team_id: UUID | None
    #: home, inpatient or snf
    setting: str
    #: part2, behavioral, reproductive or minor; None for no label
    sensitivity: str | None
    #: sms or portal
    preferred_channel: str
    sms_consent: SmsConsent | None


class InvalidFields(Invalid):
    """Some fields cannot be used. Nothing was saved."""

    def __init__(self, problems: list[Invalid]) -> None:
        super().__init__(problems[0].person_text, field=problems[0].field)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Place:
    """What cleaning needs to know of the practice: its country and its today."""

    country: str
    today: date

    @property
    def latest_day(self) -> date:
        """The last day that may have begun somewhere: who tells us may be a zone or an ocean ahead."""
        return self.today + timedelta(days=1)


def clean(fields: Mapping[str, Any], place: Place) -> tuple[PatientFields, list[Invalid]]:
    """The fields as they are stored, and every problem found (then nothing should be stored)."""
    kept: dict[str, Any] = {}
    problems: list[Invalid] = []
    for name, value in fields.items():
        cleaner = _CLEANERS.get(name)
        if value is None or cleaner is None:
            kept[name] = value
            continue
        try:
            kept[name] = cleaner(value, place)
        except Invalid as problem:
            problem.field = name
            problems.append(problem)
    return kept, problems  # type: ignore[return-value]  # keys are those that came in


def clean_text(value: str, longest: int) -> str:
    """One line of text as it was written. Raises Invalid when it is empty, too long or unprintable."""
    text = value.strip()
    if not text:
        raise Invalid("This is empty.")
    if len(text) > longest:
        raise Invalid(f"This is longer than {longest} characters.")
    if _UNPRINTABLE.search(text):
        raise Invalid("This holds characters that cannot be printed, such as a line break.")
    return text


def clean_language(value: str) -> str:
    """The language as a short code: "es" for es-MX, ES or Spanish."""
    text = clean_text(value, 40)
    code = _ENGLISH_NAMES.get(text.lower(), re.split("[-_]", text)[0].lower())
    try:
        return str(Locale.parse(code).language)
    except (UnknownLocaleError, ValueError):
        raise Invalid("Use a language code such as en or es.") from None


def _line(longest: int) -> Callable[[str, Place], str]:
    return lambda value, _place: clean_text(value, longest)


def _one_of(*words: str) -> Callable[[str, Place], str]:
    def check(value: str, _place: Place) -> str:
        if value not in words:
            raise Invalid(f"Use one of {', '.join(words)}.")
        return value

    return check


def _birth_date(value: date, place: Place) -> date:
    if value > place.latest_day:
        raise Invalid("A birth date cannot be in the future.")
    if value < _EARLIEST:
        raise Invalid("A birth date before 1900 is a slip. Check the year.")
    return value


def _phone(value: str, place: Place) -> str:
    try:
        return phone.parse(value, region=place.country)
    except BadNumber as error:
        raise Invalid(error.person_text) from None


def _postal_code(value: str, place: Place) -> str:
    text = clean_text(value, 12)
    if place.country == "US" and not (_US_ZIP.fullmatch(text) and text.isascii()):
        raise Invalid(
            "Use the five digits of the ZIP code; a spreadsheet may have cut a leading zero."
        )
    if not _ANY_POSTAL.fullmatch(text):
        raise Invalid("Use the postal code's letters and digits only.")
    return text


def _time_zone(value: str, _place: Place) -> str:
    try:
        return zone_named(value.strip()).key
    except UnknownZone as error:
        raise Invalid(error.person_text) from None


def _email(value: str, _place: Place) -> str:
    text = clean_text(value, 254)
    if not _EMAIL.fullmatch(text):
        raise Invalid("Write one e-mail address, like ana@example.org.")
    return text


def _npi(value: str, _place: Place) -> str:
    text = value.strip()
    if not is_npi(text):
        raise Invalid("This is no NPI: ten digits, the last one a check digit.")
    return text


def _sms_consent(value: SmsConsent, place: Place) -> SmsConsent:
    if value.on > place.latest_day:
        raise Invalid("The day of the consent cannot be in the future.")
    if value.on < _EARLIEST:
        raise Invalid("The day of the consent is too long ago. Check the year.")
    return SmsConsent(value.given, value.on, clean_text(value.wording, 2000), value.how)


_CLEANERS: dict[str, Callable[[Any, Place], Any]] = {
    "mrn": _line(64),
    "given_name": _line(100),
    "family_name": _line(100),
    "birth_date": _birth_date,
    "phone": _phone,
    "language": lambda value, _place: clean_language(value),
    "postal_code": _postal_code,
    "time_zone": _time_zone,
    "email": _email,
    "pcp": _line(200),
    "pcp_npi": _npi,
    "subgroup": _line(60),
    "setting": _one_of("home", "inpatient", "snf"),
    "sensitivity": _one_of(*Sensitivity),
    "preferred_channel": _one_of("sms", "portal"),
    "sms_consent": _sms_consent,
}
