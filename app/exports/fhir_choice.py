"""What of a practice leaves in an export of FHIR resources."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True, slots=True)
class Choice:
    """What of it leaves: names and free text (`named`), only these patients, kinds of resource, or what
    changed since a moment; and whether rates of the period go along."""

    named: bool = False
    people: Select[UUID] | None = None
    kinds: frozenset[str] | None = None
    since: datetime | None = None
    with_rates: bool = True
    #: Which of the ledger's rows, beyond the period.
    rows_only: ColumnElement[bool] | None = None
    #: It leaves the practice on this day: what is under 42 CFR Part 2 stays here without a consent.
    leaves_on: date | None = None
    #: The fields of a row that its purpose shows; then nothing is there but what those rows point to.
    fields: frozenset[str] | None = None
    #: Whether the reasons people typed go along.
    with_words: bool = True
    #: Whose coverage it is about, if one payer's.
    payer: str | None = None

    def shows(self, field: str) -> bool:
        return self.fields is None or field in self.fields


EVERYTHING = Choice()
