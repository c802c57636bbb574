"""A payer's report of a practice (Da Vinci VBPR MeasureReport) as figures, as the payer wrote them. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.value.fhir_files import Json, NotFhir, Resources

POPULATIONS = ("numerator", "denominator")


@dataclass(frozen=True, slots=True)
class Figure:
    """One group of one report. `score` is decimal text with its unit."""

    source_id: str
    place: int
    measure: str
    code: str
    from_on: date
    to_on: date
    numerator: int | None
    denominator: int | None
    score: str | None
    reporter: str


def figures(found: Resources) -> list[tuple[Figure, Json]]:
    """Every figure of every report, with the report's group. Raises NotFhir for a file without any."""
    reports = found.of_type("MeasureReport")
    if not reports:
        raise NotFhir("There is no MeasureReport in this file.")
    return [each for report in reports for each in _of(report, found)]


def _of(report: Json, found: Resources) -> Iterator[tuple[Figure, Json]]:
    period = report.get("period") or {}
    try:
        days = [date.fromisoformat(str(period[name])[:10]) for name in ("start", "end")]
    except (KeyError, ValueError):
        raise NotFhir("A report has no period that can be read.") from None
    reporter = found.at(report.get("reporter")) or {}
    said = reporter.get("name") or (report.get("reporter") or {}).get("display") or ""
    source = str(report.get("id") or "") or f"{report.get('measure')} {days[0]} {days[1]}"
    for place, group in enumerate(report.get("group") or [{}], start=1):
        counts = {name: _count(group, name) for name in POPULATIONS}
        yield Figure(
            source, place, str(report.get("measure") or "").rsplit("/", 1)[-1], _words(group.get("code")),
            days[0], days[1], counts["numerator"], counts["denominator"],
            _quantity(group.get("measureScore")), str(said),
        ), group  # fmt: skip


def _count(group: Json, name: str) -> int | None:
    for each in group.get("population") or []:
        codes = [code.get("code") for code in (each.get("code") or {}).get("coding") or []]
        if name in codes and isinstance(each.get("count"), int):
            return int(each["count"])
    return None


def _words(code: Any) -> str:
    """A CodeableConcept as it would be read: its text, else its first display or code."""
    if not isinstance(code, dict):
        return ""
    first: Json = next(iter(code.get("coding") or []), {})
    return str(code.get("text") or first.get("display") or first.get("code") or "")


def _quantity(score: Any) -> str | None:
    if not isinstance(score, dict) or score.get("value") is None:
        return None
    unit = str(score.get("unit") or score.get("code") or "")
    return f"{score['value']} {unit}".strip()
