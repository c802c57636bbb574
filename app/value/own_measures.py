"""Our own measures: what counts as met, from plain facts. They follow from what care teams told us about
working with community clinics and medications, and carry our own names: update to the PCP and contact with
the patient within a week of the referral are two measures, named apart."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from app.value.rates import Verdict


class Week(StrEnum):
    """How days are counted: to the end of the last day on the practice's calendar, or by the hour."""

    CALENDAR = "calendar"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class OwnMeasure:
    """One measure as it is defined for the years from `from_year` on."""

    key: str
    title: str
    #: What a case is, and what makes it a success, for the page and the data dictionary.
    counts: str
    success: str
    from_year: int = 2026
    days: int = 7


MEASURES = (
    OwnMeasure("closing-referral-loop", "Referral loops closed (CMS50 logic)",
               "a patient's first referral of the year, January to October, with a visit that year",
               "the report on that referral came back by the end of the year"),
    OwnMeasure("pcp-update-within-week", "PCP told within a week", "a referral received",
               "a recorded update to the referring office by the seventh day"),
    OwnMeasure("patient-contacted-within-week", "Patient in touch within a week", "a referral received",
               "patient and team were in touch by the seventh day"),
    OwnMeasure("medication-received", "Medication received, confirmed", "a medication follow-up begun",
               "patient, caregiver, partner or a document says that it arrived"),
    OwnMeasure("appointment-kept", "Community appointment kept, confirmed", "an appointment follow-up begun",
               "patient, caregiver, partner or a document says that it was kept"),
    OwnMeasure("reply", "Questions by text answered", "a question texted",
               "the patient wrote back within seven days"),
    OwnMeasure("reach", "Attempts that reached somebody", "a call or visit to patient or caregiver",
               "somebody was reached"),
    OwnMeasure("request-to-contact", "Days from request to first contact", "an appointment follow-up begun",
               "the patient was reached or wrote"),
    OwnMeasure("request-to-kept", "Days from request to kept appointment", "an appointment follow-up begun",
               "the appointment was kept, confirmed"),
)  # fmt: skip
#: Measures whose result is a time.
TIMED = ("request-to-contact", "request-to-kept")
#: Grades of evidence that name a source. What staff vouch for without one, or nobody verified, is unknown.
CONFIRMING = frozenset(
    {"partner_confirmed", "patient_confirmed", "caregiver_confirmed", "document"}
)
SUCCESS = frozenset({"received", "kept"})
FAILURE = frozenset({"not_received", "missed"})
WITHDRAWN = frozenset({"cancelled", "rejected", "entered_in_error"})


def measure_for(key: str, year: int) -> OwnMeasure:
    """The definition of the year. Raises KeyError for a name that is none."""
    found = [m for m in MEASURES if m.key == key]
    if not found:
        raise KeyError(key)
    return max(
        (m for m in found if m.from_year <= year), key=lambda m: m.from_year, default=found[0]
    )


def in_time(start: datetime, end: datetime, zone: tzinfo, days: int, week: Week) -> bool:
    """Whether `end` is no later than `days` after `start`: to the end of that day where the practice is
    (a referral of 1 March may be answered until 8 March, 23:59), or to the hour."""
    if week is Week.HOURS:
        # In UTC: the difference of two times of one zone would be their clocks'.
        return end.astimezone(UTC) - start.astimezone(UTC) <= timedelta(days=days)
    last = start.astimezone(zone).date() + timedelta(days=days)
    return end.astimezone(zone).date() <= last


def within_days(
    start: datetime, done: datetime | None, *, at: datetime, zone: tzinfo, days: int, week: Week
) -> Verdict:
    """Met or not by the last day; unknown while that day is still to come."""
    if done is not None and done <= at:
        return Verdict.MET if in_time(start, done, zone, days, week) else Verdict.NOT_MET
    return Verdict.UNKNOWN if in_time(start, at, zone, days, week) else Verdict.NOT_MET


def is_withdrawn(status: str, outcome: str | None) -> bool:
    """Whether the task should not have gone on: it belongs in no rate."""
    return status in WITHDRAWN or outcome == "not_needed"


def confirmed(status: str, outcome: str | None, evidence: str | None) -> Verdict:
    """What a task's closing says, and only with a source (T3.2): sent, delivered or no reply never count."""
    if is_withdrawn(status, outcome):
        return Verdict.EXCLUDED
    if status != "completed":
        return Verdict.UNKNOWN
    if outcome in SUCCESS:
        return Verdict.MET if evidence in CONFIRMING else Verdict.UNKNOWN
    return Verdict.NOT_MET if outcome in FAILURE else Verdict.UNKNOWN
