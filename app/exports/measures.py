"""Measures as they leave: one document with every figure a rate needs, small cells hidden when it goes to
somebody outside, and the same as a table for people."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from app.models.practice import Practice
from app.queries.ledger import utc_text
from app.queries.measure_filter import DIMENSIONS, Span
from app.queries.measures import Result
from app.value.rates import Rate
from app.value.small_cells import core, hidden, is_small

FORMAT = "touchline-measures/1"
NOTICE = "A record of contacts, not a claim. Review needed before any use in a report to a payer."
FIGURES = ("numerator", "denominator", "not_met", "unknown")


def document(
    practice: Practice, span: Span, found: list[Result], *, smallest: int | None
) -> dict[str, Any]:
    """Every measure, whole and by every dimension. With `smallest`, counts from 1 below it are null
    and `suppressed`, and so are those that would give them away."""
    return {
        "format": FORMAT,
        "practice": practice.slug,
        "from": span.from_on.isoformat(),
        "to": span.to_on.isoformat(),
        "time_zone": span.time_zone,
        "week": span.week.value,
        "judged_at": utc_text(span.at),
        "small_cells_below": smallest,
        "measures": [measure(each, smallest) for each in found],
        "notice": NOTICE,
    }


def measure(result: Result, smallest: int | None) -> dict[str, Any]:
    """One measure with its definition, its total and its groups."""
    total = result.rate
    defined = result.measure
    return {
        "measure": defined.key,
        "title": defined.title,
        "definition": {"from_year": defined.from_year, "days": defined.days,
                       "counts": defined.counts, "success": defined.success},
        **figures(total, is_hidden=_small(core(total), smallest),
                  hides_exclusions=_small((total.excluded,), smallest)),
        "waits": waits(result, smallest),
        "by": {name: groups(result, name, smallest) for name in DIMENSIONS},
    }  # fmt: skip


def groups(result: Result, dimension: str, smallest: int | None) -> list[dict[str, Any]]:
    """The groups of one dimension; a group None is what nobody recorded."""
    split = result.by(dimension)
    rates = {group: each.rate for group, each in split.items()}
    gone = hidden({g: core(r) for g, r in rates.items()}, smallest) if smallest else set()
    rest = hidden({g: (r.excluded,) for g, r in rates.items()}, smallest) if smallest else set()
    return [
        {"group": group, **figures(rate, is_hidden=group in gone, hides_exclusions=group in rest),
         "waits": None if group in gone else waits(split[group], smallest)}
        for group, rate in rates.items()
    ]  # fmt: skip


def figures(rate: Rate, *, is_hidden: bool, hides_exclusions: bool) -> dict[str, Any]:
    """Numerator, denominator, exclusions and unknown, always together; null where hidden."""
    return {
        "numerator": None if is_hidden else rate.numerator,
        "denominator": None if is_hidden else rate.denominator,
        "not_met": None if is_hidden else rate.not_met,
        "unknown": None if is_hidden else rate.unknown,
        "exclusions": None if hides_exclusions else rate.excluded,
        "rate": None if is_hidden else rate.share,
        "suppressed": is_hidden or hides_exclusions,
    }


def waits(result: Result, smallest: int | None) -> dict[str, Any] | None:
    """The waiting times of a measure that has some; none outside when there are few to hide among."""
    found = result.waits
    if found is None:
        return None
    counts = (found.finished, found.untimed, found.censored, found.ended_without)
    return None if _small(counts, smallest) else asdict(found)


def _small(counts: tuple[int, ...], smallest: int | None) -> bool:
    return smallest is not None and is_small(counts, smallest)


def table(made: dict[str, Any], dimension: str | None = None) -> Iterator[str]:
    """The document as lines of a table; `dimension` adds its groups under each measure."""
    yield f"{made['practice']}, {made['from']} to {made['to']} ({made['time_zone']})"
    yield _line("", ["met", "of", "rate", "not met", "unknown", "excluded"])
    for each in made["measures"]:
        yield _line(each["title"], _cells(each, made))
        if waited := each["waits"]:
            yield (
                f"    days: median {_days(waited['median'])}, 90th percentile {_days(waited['p90'])}; "
                f"{waited['censored']} still waiting (longest {_days(waited['longest_open'])})"
            )
        for group in each["by"].get(dimension, []):
            yield _line(f"    {group['group'] or 'not recorded'}", _cells(group, made))
    yield made["notice"]


def _cells(row: dict[str, Any], made: dict[str, Any]) -> list[str]:
    small = f"<{made['small_cells_below']}" if made["small_cells_below"] else "-"
    share = "-" if row["rate"] is None else f"{row['rate'] * 100:.1f} %"
    shown = {
        name: small if row[name] is None else str(row[name]) for name in (*FIGURES, "exclusions")
    }
    return [shown["numerator"], shown["denominator"], share, shown["not_met"], shown["unknown"],
            shown["exclusions"]]  # fmt: skip


def _days(value: float | None) -> str:
    return "-" if value is None else str(value)


def _line(title: str, cells: list[str]) -> str:
    return f"{title:<40.40}" + "".join(f"{cell:>10}" for cell in cells)
