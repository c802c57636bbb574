"""Phone numbers: parse what people type to E.164, show them, and mask them.

Reserved fiction numbers (555-01xx) pass, so that invented people can have phones. New US area codes
appear before any library knows them, so a US or Canadian number is judged by its shape.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat
from phonenumbers import timezone as number_zones

from messaging.errors import BadNumber

__all__ = ["BadNumber", "mask", "parse", "show", "zones_of"]

_NORTH_AMERICA = 1
_HIDDEN = "••• •••"
_LONGEST = 40  # E.164 has 15 digits; the rest is room for spaces and brackets
_SHORTEST = 7
_LAST = 4
# Area code NXX without N11, N9X, 37X, 96X and 555; exchange NXX. Source: NANPA numbering resources.
_NANP_SHAPE = re.compile(r"(?!.11|.9|37|96|555)[2-9]\d{2}[2-9]\d{6}")
_TYPED = re.compile(r"[\s(]*\+?[\d\s().\-/]+")
_DASHES = re.compile(r"[\u2010-\u2015\u2212]")


def parse(text: str, *, region: str = "US") -> str:
    """Return the number a person typed as E.164; `region` is the country meant when none is written.

    Raises `BadNumber`, whose text says what to do.
    """
    typed = _tidy(text)
    _check_typed(typed)
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException as error:
        raise BadNumber from error
    if not _can_be_texted(number):
        raise BadNumber(
            "This number does not exist as written. Check the digits and the area code, "
            "like (503) 555-0123, or +52 55 1234 5678 for another country."
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def show(e164: str) -> str:
    """Return a number as people write it: (503) 555-0123, or +44 20 7946 0123 from elsewhere.

    What is not a full number, such as a carrier's short code, comes back unchanged.
    """
    number = _stored(e164)
    if number is None:
        return e164
    at_home = number.country_code == _NORTH_AMERICA
    form = PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def mask(e164: str) -> str:
    """Return a number with only its last four digits to be seen: ••• ••• 0123."""
    digits = "".join(char for char in e164 if char.isdecimal())
    shown = digits[-_LAST:] if len(digits) >= _SHORTEST else "••••"
    return f"{_HIDDEN} {shown}"


def zones_of(e164: str) -> tuple[str, ...]:
    """Return the IANA zones this number may be in; empty when that is not known.

    People keep a number when they move, so a zone from an address or from the person is better.
    """
    number = _stored(e164)
    if number is None:
        return ()
    found: tuple[str, ...] = number_zones.time_zones_for_number(number)
    return tuple(zone for zone in found if zone != number_zones.UNKNOWN_TIMEZONE)


def _tidy(text: str) -> str:
    visible = (char for char in text.strip()[: 2 * _LONGEST] if unicodedata.category(char) != "Cf")
    return _DASHES.sub("-", unicodedata.normalize("NFKC", "".join(visible)))


def _check_typed(typed: str) -> None:
    digits = sum(char.isdecimal() for char in typed)
    if not typed:
        raise BadNumber("Type a phone number with its area code, like (503) 555-0123.")
    if len(typed) > _LONGEST or not _TYPED.fullmatch(typed):
        raise BadNumber(
            "Write only the number, without letters or an extension, like (503) 555-0123."
        )
    if digits < _SHORTEST:
        raise BadNumber(
            "Short numbers such as 911 or 12345 cannot be texted. "
            "Use a full number with its area code, like (503) 555-0123."
        )
    if digits == _SHORTEST:
        raise BadNumber("The area code is missing. Write it like (503) 555-0123.")


def _can_be_texted(number: PhoneNumber) -> bool:
    if number.country_code == _NORTH_AMERICA:
        return bool(_NANP_SHAPE.fullmatch(phonenumbers.national_significant_number(number)))
    return phonenumbers.is_valid_number(number)


def _stored(e164: str) -> PhoneNumber | None:
    if not re.fullmatch(r"\+[1-9][0-9]{7,14}", e164):
        return None
    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None
