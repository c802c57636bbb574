"""Labels of what must be handled with care. Records under 42 CFR Part 2 leave the practice only with the
patient's consent; the other labels are shown, frozen into the ledger and told apart in exports."""

from collections.abc import Iterable
from enum import StrEnum

from app.core.errors import Invalid


class Sensitivity(StrEnum):
    """In the order of which wins when a contact carries several."""

    #: Treatment for substance use by a programme under 42 CFR Part 2.
    PART_2 = "part2"
    BEHAVIORAL = "behavioral"
    REPRODUCTIVE = "reproductive"
    MINOR = "minor"


def strictest(labels: Iterable[str | None]) -> str | None:
    """The label that binds most; None when there is none. A label nobody knows binds least."""
    known = {label.value: place for place, label in enumerate(Sensitivity)}
    return min(
        (each for each in labels if each), key=lambda each: known.get(each, 99), default=None
    )


def label_named(text: str | None) -> Sensitivity | None:
    """The label of this name; None for none. Raises Invalid for a word nobody knows."""
    if not text:
        return None
    if text not in Sensitivity.__members__.values():
        raise Invalid(f"Use one of {', '.join(Sensitivity)}, or nothing.", field="sensitivity")
    return Sensitivity(text)
