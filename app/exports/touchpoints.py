"""One export of the ledger into a folder: `touchpoints.csv` or `touchpoints.jsonl`, or FHIR as
`<Type>.ndjson`, and `manifest.json`. Files appear under their names only when they are whole."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Invalid
from app.core.version import VERSION
from app.exports import csv, fhir, jsonl
from app.exports.manifest import Tally, manifest
from app.exports.rows import Period, rows
from app.models.practice import Practice
from app.models.touchpoint import TouchpointSeal
from app.models.viewer import Viewer
from app.value.commitments import GENESIS, Plain

Rows = Iterable[dict[str, Plain]]
Writer = Callable[[Rows, IO[str]], None]
WRITERS: dict[str, Writer] = {"csv": csv.write, "jsonl": jsonl.write}
FHIR = "fhir"
FORMATS = (*WRITERS, FHIR)


def export(
    viewer: Viewer,
    practice: Practice,
    period: Period,
    *,
    file_format: str,
    folder: Path,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Write the files and return the manifest.

    Raises Invalid for an unknown format. `progress` hears the number of rows written so far.
    """
    if file_format not in FORMATS:
        raise Invalid(f"Choose one of {', '.join(FORMATS)}.", field="format")
    folder.mkdir(parents=True, exist_ok=True)
    tally = Tally()

    def watch(found: Rows) -> Rows:
        return _told(tally.watch(found), progress)

    if file_format == FHIR:
        package = fhir.write(viewer, practice, period, folder=folder, watch=watch)
        files, resources = package.files, package.counts
    else:
        files, resources = [_one_file(folder, file_format, watch(rows(viewer, period)))], None
    made = manifest(
        practice_slug=practice.slug, period=period, tally=tally, resources=resources,
        head_hash=_hash_at(practice, period.as_of_seq), files=files, version=VERSION,
    )  # fmt: skip
    text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return made


def _one_file(folder: Path, file_format: str, found: Rows) -> Path:
    target = folder / f"touchpoints.{file_format}"
    part = target.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as out:
        WRITERS[file_format](found, out)
    part.replace(target)
    return target


def _told(rows: Rows, progress: Callable[[int], None]) -> Rows:
    for number, row in enumerate(rows, start=1):
        if number % 1000 == 0:
            progress(number)
        yield row


def _hash_at(practice: Practice, seq: int) -> str:
    found = db.session.scalar(
        select(TouchpointSeal.row_hash).where(
            TouchpointSeal.practice_id == practice.id, TouchpointSeal.seq == seq
        )
    )
    return found or GENESIS
