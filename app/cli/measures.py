"""`flask measures run`: our own measures over a practice's rows. `flask measures check-bundle`: a measure
over FHIR bundles, one patient each, without the database."""

import json
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from flask import Flask

from app.cli.choices import find_practice
from app.cli.group import Commands
from app.core.clock import db_now
from app.exports.measures import document, table
from app.exports.period import check_period
from app.models.viewer import system_viewer
from app.queries.measure_filter import DIMENSIONS, Span
from app.queries.measures import results
from app.value.fhir_bundle import BadBundle, read_bundle
from app.value.measures import BUNDLE_MEASURES, definition_for
from app.value.own_measures import Week
from app.value.referral_loop import BadValueSets, ValueSets, read_value_sets
from app.value.small_cells import SMALLEST

group = Commands("measures", help="Rates from the rows, and measures over FHIR bundles.")
DAY = click.DateTime(["%Y-%m-%d"])
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("run")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
@click.option("--from", "from_on", required=True, type=DAY, help="First day.")
@click.option("--to", "to_on", required=True, type=DAY, help="Last day.")
@click.option("--format", "file_format", type=click.Choice(["json", "text"]), default="text")
@click.option("--by", type=click.Choice(DIMENSIONS), help="Groups to show in the table.")
@click.option(
    "--week",
    type=click.Choice([w.value for w in Week]),
    default=Week.CALENDAR.value,
    help="A week ends with its last day, or after 7 x 24 hours.",
)
@click.option("--outside", is_flag=True, help="For somebody outside: hide small counts.")
@click.option(
    "--smallest",
    type=click.IntRange(min=2),
    default=SMALLEST,
    show_default=True,
    help="Counts from 1 below this are hidden in what goes outside.",
)
def run_command(
    slug: str,
    from_on: datetime,
    to_on: datetime,
    file_format: str,
    by: str | None,
    week: str,
    outside: bool,
    smallest: int,
) -> None:
    """Print every measure of a period (inclusive days of the practice) with all its figures."""
    practice = find_practice(slug)
    check_period(from_on.date(), to_on.date())
    span = Span(from_on.date(), to_on.date(), practice.time_zone, db_now(), Week(week))
    made = document(
        practice, span, results(system_viewer(practice.id), span),
        smallest=smallest if outside else None,
    )  # fmt: skip
    if file_format == "json":
        click.echo(json.dumps(made, indent=2, ensure_ascii=False))
        return
    for line in table(made, by):
        click.echo(line)


@group.command("check-bundle")
@click.option("--measure", required=True, type=click.Choice(sorted(BUNDLE_MEASURES)))
@click.option("--year", required=True, type=click.IntRange(1900, 9998), help="Calendar year.")
@click.option(
    "--value-sets",
    "sets_file",
    required=True,
    type=READABLE,
    help="JSON: visit, intervention, referral, consultant_report, each a list of system|code.",
)
@click.option(
    "--time-zone",
    "zone_name",
    help="Judge days in this zone (default: as each record writes them).",
)
@click.argument("folder", metavar="DIR", type=FOLDER)
def check_bundle_command(
    measure: str, year: int, sets_file: Path, zone_name: str | None, folder: Path
) -> None:
    """Print one JSON line per bundle in DIR (*.json, by file name). A file that cannot be read is named on
    standard error, the others are still printed, and the exit code is 1."""
    sets, zone = _value_sets(sets_file), _zone(zone_name)
    _warn_of_year(measure, year)
    broken = 0
    for path in _bundles(folder, sets_file):
        try:
            found = BUNDLE_MEASURES[measure](read_bundle(_json(path), zone), year, sets)
        except (OSError, BadBundle) as error:
            broken += 1
            click.echo(f"{path.name}: {error}", err=True)
            continue
        line = {
            "file": path.name, "patient": found.patient,
            "initial_population": found.initial_population,
            "denominator": found.denominator, "numerator": found.numerator,
        }  # fmt: skip
        click.echo(json.dumps(line, ensure_ascii=False))
    if broken:
        raise click.ClickException(f"{broken} of the files could not be read; see above.")


def _bundles(folder: Path, sets_file: Path) -> Iterator[Path]:
    """The JSON files right in the folder, in the order of their names; not the value sets themselves."""
    files = [p for p in folder.iterdir() if p.suffix.lower() == ".json" and p.is_file()]
    if not files:
        raise click.ClickException(f"No .json file in {folder}.")
    apart = sets_file.resolve()
    yield from (p for p in sorted(files, key=lambda p: p.name) if p.resolve() != apart)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadBundle(f"not JSON: {error}") from None


def _value_sets(path: Path) -> ValueSets:
    try:
        return read_value_sets(_json(path))
    except (OSError, BadBundle, BadValueSets) as error:
        raise click.ClickException(f"The value sets {path} cannot be used: {error}.") from None


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.ClickException(f"No time zone is called {name!r}.") from None


def _warn_of_year(measure: str, year: int) -> None:
    used = definition_for(measure, year)
    if used.year != year:
        click.echo(
            f"Not verified for {year}: no definition of that year has been read; "
            f"{used.version}, made for {used.year}, is used.", err=True,
        )  # fmt: skip
