"""`flask measures check-bundle`: a measure over FHIR bundles, one patient each, without the database."""

import json
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from flask import Flask

from app.cli.group import Commands
from app.value.fhir_bundle import BadBundle, read_bundle
from app.value.measures import BUNDLE_MEASURES, definition_for
from app.value.referral_loop import BadValueSets, ValueSets, read_value_sets

group = Commands("measures", help="Rates from the rows, and measures over FHIR bundles.")
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    app.cli.add_command(group)


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
