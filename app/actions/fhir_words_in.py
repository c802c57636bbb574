"""The parts of FHIR resources that come in, as plain values. What is not there is None; what is there and
cannot be read is Invalid, with the element's name."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.actions.fhir_file import Json, names_of
from app.core.columns import check_calendar
from app.core.errors import Invalid


def each(value: object) -> list[Json]:
    """The objects of a repeating element."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(resource: Json, name: str) -> Json:
    """The object of an element; an empty one when there is none."""
    found = resource.get(name)
    return found if isinstance(found, dict) else {}


def text(value: object, longest: int = 200) -> str | None:
    """One line of text, without spaces around and line breaks within."""
    if not isinstance(value, str):
        return None
    return " ".join(value.split())[:longest] or None


def first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value), None)


def concept(value: object) -> str | None:
    """What a CodeableConcept says: its text, else the first display."""
    if not isinstance(value, dict):
        return None
    shown = first(text(coding.get("display"), 100) for coding in each(value.get("coding")))
    return text(value.get("text"), 100) or shown


def codes(value: object) -> set[str]:
    """The codes of a CodeableConcept, or of several."""
    many = value if isinstance(value, list) else [value]
    return {
        str(coding.get("code"))
        for item in many
        if isinstance(item, dict)
        for coding in each(item.get("coding"))
    }


def source_id(resource: Json, full_url: str | None) -> str:
    """The id it is known by: its first business identifier, else Type/id, else its address in the bundle."""
    for identifier in each(resource.get("identifier")):
        value = text(identifier.get("value"), 120)
        if value:
            system = text(identifier.get("system"), 69)
            return f"{system}|{value}" if system else value
    own = names_of(resource, full_url)
    if not own:
        raise Invalid("It has neither an identifier, an id nor a fullUrl.", field="id")
    return own[-1][:190]


def day(value: object, name: str) -> date | None:
    """A date, or the day of a dateTime. A year or a month alone is not enough."""
    if value is None:
        return None
    try:
        if not isinstance(value, str) or len(value) < 10:
            raise ValueError
        found = date.fromisoformat(value[:10])
    except ValueError:
        raise Invalid("This is not a whole date like 1957-03-09.", field=name) from None
    check_calendar(datetime.combine(found, time(), tzinfo=UTC))
    return found


def moment(value: object, name: str, zone: str) -> datetime | None:
    """An instant; a day alone is its first moment where the practice is."""
    if value is None:
        return None
    try:
        if not isinstance(value, str) or len(value) < 10:
            raise ValueError
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            found = found.replace(tzinfo=ZoneInfo(zone))
        made = found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("This is not a moment like 2026-03-09T14:30:00-08:00.", field=name) from None
    check_calendar(made)
    return made


def telecom(resource: Json, system: str) -> str | None:
    """The number or address to reach somebody by now: a mobile phone before another."""
    found = [point for point in each(resource.get("telecom"))
             if point.get("system") == system and point.get("use") != "old"]  # fmt: skip
    found.sort(key=lambda point: point.get("use") != "mobile")
    return first(text(point.get("value"), 254) for point in found)  # type: ignore[no-any-return]


def name(resource: Json) -> tuple[str | None, str | None]:
    """Given and family name: the official one before another, never an old one."""
    found = [one for one in each(resource.get("name")) if one.get("use") not in ("old", "maiden")]
    found.sort(key=lambda one: one.get("use") != "official")
    for one in found:
        given = [part for part in one.get("given") or [] if isinstance(part, str)]
        whole, family = text(" ".join(given), 100), text(one.get("family"), 100)
        if whole or family:
            return whole, family
        parts = (text(one.get("text"), 200) or "").rsplit(" ", 1)
        if len(parts) == 2:
            return parts[0], parts[1]
    return None, None
