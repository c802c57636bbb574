"""What was agreed with a caregiver leaves with its end, also when it was ended before its last day."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from app.exports.fhir_people import related_person
from app.models.patient import RelatedPerson

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("from_on", "to_on", "ended", "period"),
    [
        (date(2026, 1, 1), None, None, {"start": "2026-01-01"}),
        (date(2026, 1, 1), date(2026, 6, 1), 3, {"start": "2026-01-01", "end": "2026-03-03"}),
        (date(2026, 1, 1), date(2026, 2, 1), 3, {"start": "2026-01-01", "end": "2026-02-01"}),
        (date(2026, 4, 1), None, 3, {"start": "2026-04-01", "end": "2026-04-01"}),
    ],
)
def test_its_period_ends_with_the_agreement(
    from_on: date, to_on: date | None, ended: int | None, period: dict[str, str]
) -> None:
    row = RelatedPerson(
        practice_id=uuid4(), patient_id=uuid4(), name="Mia Porter", relationship="daughter",
        language="en", authorised_by="Sam Porter", from_on=from_on, to_on=to_on,
        ended_at=datetime(2026, 3, ended, 18, tzinfo=UTC) if ended else None,
    )  # fmt: skip
    found = related_person(row, named=True)
    assert found["period"] == period
    assert found["active"] is (ended is None)
