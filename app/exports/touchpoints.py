"""One export of the ledger, written to a folder: the rows (`touchpoints.FORMAT`), proofs where rows or
fields were left out, later corrections, what explains them, and the signed `manifest.json`. Files
appear under their names only when all of them are whole."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Invalid
from app.core.ledger_keys import ring
from app.exports import credited, evidence, fhir, package, parquet, proofs, restatements, xlsx
from app.exports.fhir_choice import EVERYTHING, Choice
from app.exports.lines import Style, header, lines
from app.exports.manifest import Found, manifest
from app.exports.parts import unfinished
from app.exports.purposes import check_asked
from app.exports.rows import rows
from app.exports.sums import sums
from app.exports.vouched import Vouched
from app.exports.wanted import Wanted, chosen, withheld
from app.models.practice import Practice
from app.models.touchpoint import Touchpoint, TouchpointSeal
from app.models.viewer import Viewer
from app.value.commitments import GENESIS
from app.value.merkle import Tree

FHIR = "fhir"
FORMATS = ("csv", "jsonl", "parquet", "xlsx", FHIR)
Progress = Callable[[int], None]
Each = TypeVar("Each")


def export(
    viewer: Viewer, practice: Practice, wanted: Wanted, *, file_format: str, folder: Path,
    at: datetime, progress: Progress = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """Write the files and return the manifest.

    Raises Invalid for an unknown format, or without the reason and basis the purpose asks for.
    `progress` hears the number of rows written so far.
    """
    check_format(file_format)
    check_asked(wanted.purpose, reason=wanted.reason, basis=wanted.basis, payer=wanted.payer)
    with unfinished(folder) as part:
        tree = proofs.tree_of(practice.id, wanted.period.as_of_seq)
        resources = None
        if file_format == FHIR:
            made_fhir = fhir_of(viewer, practice, wanted, part, progress)
            files, resources = made_fhir.files, made_fhir.counts
        else:
            files = [part / f"touchpoints.{file_format}"]
            write_file(viewer, wanted, file_format, files[0], progress)
        vouched = Vouched(viewer, wanted)
        files += _write_beside(viewer, wanted, file_format, part, tree)
        files.append(part / "attestations.jsonl")
        _write(files[-1], vouched.lines())
        files.append(part / "credited.jsonl")
        to_credit = _write_credited(viewer, wanted, files[-1])
        files += package.write(part, wanted.purpose, at=at)
        found = _found(viewer, practice, wanted, to_credit, vouched.standing, resources)
        made = ring(at=at).sign(manifest(practice.slug, wanted, found, tree, files))
        text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
        (part / "manifest.json").write_text(text, encoding="utf-8")
        for path in [*files, part / "manifest.json"]:
            path.replace(folder / path.name)
    return made


def check_format(file_format: str) -> None:
    if file_format not in FORMATS:
        raise Invalid(f"Choose one of {', '.join(FORMATS)}.", field="format")


def fhir_of(
    viewer: Viewer, practice: Practice, wanted: Wanted, folder: Path, progress: Progress
) -> fhir.Package:
    """The period as FHIR. What goes out holds only the people and rows that may, and its rates are those of
    the practice or of the payer, never one patient's."""
    choice = EVERYTHING
    if wanted.purpose.goes_out:
        choice = Choice(
            named=wanted.purpose.of_one_patient, with_rates=not wanted.purpose.of_one_patient,
            people=chosen(viewer, wanted).with_only_columns(Touchpoint.patient_id),
            rows_only=wanted.condition(),
            leaves_on=None if wanted.purpose.of_one_patient else wanted.today,
            fields=None if wanted.purpose.of_one_patient else frozenset(wanted.purpose.fields),
            payer=wanted.payer, with_words=wanted.purpose.holds_words,
        )  # fmt: skip
    return fhir.write(
        viewer, practice, wanted.period, folder=folder, watch=lambda found: _told(found, progress),
        choice=choice,
    )  # fmt: skip


def _write_beside(
    viewer: Viewer, wanted: Wanted, file_format: str, folder: Path, tree: Tree
) -> list[Path]:
    """The exact rows with their proofs, and the later corrections: every package proves itself."""
    files = []
    if file_format != "jsonl":
        files.append(folder / "touchpoints.jsonl")
        write_file(viewer, wanted, "jsonl", files[-1])
    files.append(folder / "proofs.jsonl")
    _write(files[-1], proofs.lines(viewer, wanted, tree))
    if wanted.purpose.of_a_sample:
        files.append(folder / "evidence.jsonl")
        _write(files[-1], evidence.lines(viewer, wanted))
    files.append(folder / "restatements.jsonl")
    _write(files[-1], restatements.lines(viewer, wanted))
    return files


def _found(
    viewer: Viewer, practice: Practice, wanted: Wanted, to_credit: dict[str, Any],
    standing: dict[str, int], resources: dict[str, int] | None,
) -> Found:  # fmt: skip
    count, summed = sums(viewer, wanted)
    return Found(
        count, summed | to_credit, withheld(viewer, wanted),
        *_place(practice, wanted.period.as_of_seq), standing, resources,
    )  # fmt: skip


def _write_credited(viewer: Viewer, wanted: Wanted, path: Path) -> dict[str, Any]:
    """The time to credit beside the rows, and its sum; a sample of rows has no months."""
    found = {} if wanted.purpose.of_a_sample else credited.credited_time(viewer, wanted)
    _write(path, credited.lines(found))
    return credited.sums(viewer, wanted, found)


def write_file(
    viewer: Viewer, wanted: Wanted, file_format: str, path: Path,
    progress: Progress = lambda _: None,
) -> None:  # fmt: skip
    """One file of the rows alone."""
    if file_format == "xlsx":
        xlsx.write(wanted.purpose.columns, _told(rows(viewer, wanted), progress), path)
    elif file_format == "parquet":
        exact = lines(viewer, wanted, Style.EXACT)
        parquet.write(wanted.purpose.columns, _told(exact, progress), path)
    elif file_format == "csv":
        safe = _told(lines(viewer, wanted, Style.SAFE), progress)
        _write(path, safe, first=header(wanted))
    else:
        _write(path, _told(lines(viewer, wanted, Style.JSON), progress))


def _write(path: Path, all_lines: Iterable[bytes], first: bytes = b"") -> None:
    with path.open("wb", buffering=1 << 20) as out:
        out.write(first)
        out.writelines(all_lines)


def _told(each_row: Iterable[Each], progress: Progress) -> Iterator[Each]:
    for number, row in enumerate(each_row, start=1):
        if number % 5000 == 0:
            progress(number)
        yield row


def _place(practice: Practice, seq: int) -> tuple[str, datetime | None]:
    """The hash at this place of the chain, and when it was sealed."""
    found = db.session.execute(
        select(TouchpointSeal.row_hash, TouchpointSeal.sealed_at).where(
            TouchpointSeal.practice_id == practice.id, TouchpointSeal.seq == seq
        )
    ).first()
    return (found[0], found[1]) if found else (GENESIS, None)
