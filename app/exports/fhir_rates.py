"""A measure as a FHIR MeasureReport (summary): its populations and strata, counts that are hidden masked."""

from typing import Any

from app.exports.fhir_words import BASE, Json, clean, coding, masked, own, reference

POPULATIONS = (
    ("initial-population", "begun"), ("denominator", "begun"),
    ("denominator-exclusion", "exclusions"), ("numerator", "numerator"),
)  # fmt: skip
SYSTEM = "http://terminology.hl7.org/CodeSystem/measure-population"


def measure_report(document: Json, found: Json, *, practice_id: str) -> Json:
    """From the document of `app.exports.measures` and one of its measures."""
    strata = [_stratifier(name, rows) for name, rows in found["by"].items() if rows]
    return clean({
        "resourceType": "MeasureReport",
        "id": f"{found['measure']}-{document['from']}-{document['to']}",
        "status": "complete",
        "type": "summary",
        "measure": f"{BASE}/Measure/{found['measure']}|{found['definition']['from_year']}",
        "date": document["judged_at"],
        "reporter": reference("Organization", practice_id),
        "period": {"start": document["from"], "end": document["to"]},
        "group": [clean({
            "code": own("measure", found["measure"], found["title"]),
            "population": _populations(found),
            "measureScore": _score(found),
            "stratifier": strata,
        })],
    })  # fmt: skip


def _stratifier(name: str, rows: list[Json]) -> Json:
    return {"code": [own("stratifier", name)], "stratum": [clean({
        "value": {"text": row["group"] or "not recorded"},
        "population": _populations(row),
        "measureScore": _score(row),
    }) for row in rows]}  # fmt: skip


def _populations(found: Json) -> list[Json]:
    """The standard's populations, and *unknown*, which the standard has no word for."""
    figures = found | {"begun": _together(found)}
    counted = [({"coding": [coding(SYSTEM, code)]}, figures[name]) for code, name in POPULATIONS]
    counted.append((own("population", "unknown"), found["unknown"]))
    return [{"code": code, **_count(count)} for code, count in counted]


def _together(found: Json) -> int | None:
    """Everybody the measure began with: the standard takes the exclusions out of its denominator later."""
    parts = (found["denominator"], found["exclusions"])
    return None if None in parts else sum(parts)


def _count(count: int | None) -> Json:
    return {"_count": masked()} if count is None else {"count": count}


def _score(found: Json) -> dict[str, Any] | None:
    return None if found["rate"] is None else {"value": found["rate"]}
