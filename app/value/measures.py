"""The measures by name, and by the year whose definition they follow. Each function takes plain values
and gives plain values; the rows of a practice reach them through app.queries, a FHIR bundle as it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from app.value.fhir_bundle import PatientBundle
from app.value.referral_loop import Populations, ValueSets, closing_referral_loop


@dataclass(frozen=True, slots=True)
class Definition:
    """One published state of a measure: which year it is for, where and when it was read."""

    measure: str
    year: int
    version: str
    source: str
    retrieved: date


BundleMeasure = Callable[[PatientBundle, int, ValueSets], Populations]
#: Measures that read one patient's FHIR bundle.
BUNDLE_MEASURES: dict[str, BundleMeasure] = {"closing-referral-loop": closing_referral_loop}

DEFINITIONS = (
    Definition(
        "closing-referral-loop", 2026, "CMS50 0.4.000",
        "github.com/cqframework/ecqm-content-qicore-2025, CMS50FHIRCRLReceiptofSpecialistReport.cql",
        date(2026, 11, 27),
    ),
)  # fmt: skip


def definition_for(measure: str, year: int) -> Definition:
    """The definition of the year; of a year none was read for, the newest before it, else the first.
    Compare its `year` with the one asked for before calling a result verified."""
    known = sorted((d for d in DEFINITIONS if d.measure == measure), key=lambda d: d.year)
    before = [d for d in known if d.year <= year]
    return before[-1] if before else known[0]
