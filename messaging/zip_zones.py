"""The time zone of a US ZIP code."""

from functools import lru_cache

import zipcodes

from messaging.errors import UnknownZone
from messaging.zones import zone_named


@lru_cache(maxsize=4096)
def zone_of_zip(postal_code: str) -> str | None:
    """The zone of a US ZIP code, or None when it is not one or nobody knows."""
    try:
        found = zipcodes.matching(postal_code.strip())  # type: ignore[no-untyped-call]
    except (ValueError, TypeError):
        return None
    zones = {place["timezone"] for place in found if is_zone(place["timezone"])}
    return zones.pop() if len(zones) == 1 else None


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether a zone has this name."""
    try:
        zone_named(name)
    except UnknownZone:
        return False
    return True
