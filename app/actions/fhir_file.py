"""Reading FHIR R4 files: a Bundle (transaction, collection, batch), NDJSON, or a folder of both. Resources
are put aside in a database of their own, so that they come back patient by patient, whatever their order in
the file and however large it is."""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import ijson

from app.actions.import_file import BadFile, start_of

Json = dict[str, Any]
#: In the order in which those of one patient are taken in.
KINDS = (
    "Patient",
    "Coverage",
    "RelatedPerson",
    "Appointment",
    "MedicationRequest",
    "ServiceRequest",
)
LONGEST_LINE = 16 * 1024 * 1024
_ENDINGS = (".json", ".ndjson", ".jsonl")
_TABLES = (
    "CREATE TABLE entry (n INTEGER PRIMARY KEY, kind TEXT, rank INTEGER, subject TEXT, owner INTEGER,"
    " body TEXT, problem TEXT)",
    "CREATE TABLE alias (name TEXT PRIMARY KEY, n INTEGER)",
)
_OWNERS = (
    "UPDATE entry SET owner = (SELECT n FROM alias WHERE name = entry.subject) WHERE owner IS NULL",
    "CREATE INDEX by_owner ON entry (owner, subject, rank, n)",
)
_READ = "SELECT n, kind, subject, owner, body, problem FROM entry ORDER BY owner, subject, rank, n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource: its number in the file, and the number of its patient's when that is in the file too."""

    number: int
    kind: str
    resource: Json
    full_url: str | None = None
    subject: str | None = None
    owner: int | None = None
    problem: str | None = None


class FhirFile:
    """Resources we take in, patient by patient. Raises BadFile for what is no FHIR at all."""

    def __init__(self, path: Path) -> None:
        self.paths = _files(path)
        for each in self.paths[:1]:
            _check_start(each)
        self._shelf: Path | None = None
        self._passed: Counter[str] = Counter()

    def count(self) -> int:
        with closing(self._open()) as shelf:
            return int(shelf.execute("SELECT count(*) FROM entry").fetchone()[0])

    def passed_over(self) -> dict[str, int]:
        return dict(self._passed)

    def batches(self, size: int) -> Iterator[list[Entry]]:
        """Whole patients, as many as make up `size` resources."""
        with closing(self._open()) as shelf:
            batch: list[Entry] = []
            for n, kind, subject, owner, body, problem in shelf.execute(_READ):
                entry = Entry(n, kind, **_body(body), subject=subject, owner=owner, problem=problem)
                is_same = bool(batch) and _group(batch[-1]) == _group(entry)
                if len(batch) >= size and not is_same:
                    yield batch
                    batch = []
                batch.append(entry)
            if batch:
                yield batch

    def _open(self) -> sqlite3.Connection:
        if self._shelf is None:
            folder = mkdtemp(prefix="touchline-fhir-")  # for this user alone, gone with this object
            finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._shelf = Path(folder) / "shelf.db"
            with closing(sqlite3.connect(self._shelf, isolation_level=None)) as shelf:
                self._put_aside(shelf)
        return sqlite3.connect(self._shelf)

    def _put_aside(self, shelf: sqlite3.Connection) -> None:
        pragmas = ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF")
        for statement in (*pragmas, "BEGIN", *_TABLES):
            shelf.execute(statement)
        number = 0
        for path in self.paths:
            for line, full_url, resource, problem in _resources(path):
                number = line if len(self.paths) == 1 else number + 1
                self._keep(shelf, number, full_url, resource, problem)
        for statement in _OWNERS:
            shelf.execute(statement)
        shelf.execute("COMMIT")

    def _keep(
        self,
        shelf: sqlite3.Connection,
        number: int,
        full_url: str | None,
        resource: Json,
        problem: str | None,
    ) -> None:
        kind = str(resource.get("resourceType") or "")[:60]
        if problem is None and kind not in KINDS:
            self._passed[kind or "entry without a resource"] += 1
            return
        rank = KINDS.index(kind) if kind in KINDS else len(KINDS)
        is_patient = kind == "Patient"
        row = (number, kind, rank, None if is_patient else subject_of(resource),
               number if is_patient else None,
               json.dumps({"resource": resource, "full_url": full_url}), problem)  # fmt: skip
        shelf.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        if is_patient:
            names = [(name, number) for name in names_of(resource, full_url)]
            shelf.executemany("INSERT OR IGNORE INTO alias VALUES (?, ?)", names)


def names_of(resource: Json, full_url: str | None) -> list[str]:
    """What others may call this resource by: its address in the bundle, and Type/id."""
    kind, own = resource.get("resourceType"), resource.get("id")
    return [name for name in (full_url, f"{kind}/{own}" if own else None) if name]


def subject_of(resource: Json) -> str | None:
    """The reference to the patient a resource is about."""
    for name in ("subject", "patient", "beneficiary"):
        if found := reference_of(resource.get(name)):
            return found
    for each in resource.get("participant") or []:
        found = reference_of(each.get("actor")) if isinstance(each, dict) else None
        if found and ("Patient/" in found or found.startswith("urn:")):
            return found
    return None


def reference_of(value: object) -> str | None:
    """The address of a Reference, without a server in front of Type/id."""
    found = value.get("reference") if isinstance(value, dict) else None
    if not isinstance(found, str):
        return None
    return "Patient/" + found.rsplit("/Patient/", 1)[1] if "/Patient/" in found else found


def _group(entry: Entry) -> tuple[int | None, str | None]:
    return entry.owner, None if entry.owner is not None else entry.subject


def _body(text: str) -> Json:
    found: Json = json.loads(text)
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.iterdir() if each.suffix.lower() in _ENDINGS)
    if not found:
        raise BadFile("There is no .json or .ndjson file in this folder. Nothing was imported.")
    return found


def _check_start(path: Path) -> None:
    start = start_of(path)
    if not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise BadFile("This is not FHIR: it should be a Bundle as JSON, or NDJSON.")


Read = tuple[int, str | None, Json, str | None]


def _resources(path: Path) -> Iterator[Read]:
    """Each resource with its number, its address in the bundle, and what is wrong with its line."""
    if _is_lines(path):
        yield from _lines(path)
        return
    try:
        with path.open("rb") as source:
            kind = next(ijson.items(source, "resourceType"), None)
        with path.open("rb") as source:
            if kind == "Bundle":
                yield from _entries(ijson.items(source, "entry.item", use_float=True))
            else:
                found = next(ijson.items(source, "", use_float=True))
                yield 1, None, found, None
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise BadFile(
            f"{path.name[:80]} is not whole JSON. Export it again. ({error})"[:300]
        ) from None


def _is_lines(path: Path) -> bool:
    """Whether the first line is a whole resource of its own, and no Bundle."""
    if path.suffix.lower() in (".ndjson", ".jsonl"):
        return True
    with path.open("rb") as source:
        first = source.readline(LONGEST_LINE)
    try:
        found = json.loads(first)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("resourceType") not in (None, "Bundle")


def _entries(items: Iterator[Any], first: int = 1) -> Iterator[Read]:
    for number, item in enumerate(items, start=first):
        entry = item if isinstance(item, dict) else {}
        resource = entry.get("resource")
        full_url = entry.get("fullUrl")
        yield (number, full_url if isinstance(full_url, str) else None,
               resource if isinstance(resource, dict) else {}, None)  # fmt: skip


def _lines(path: Path) -> Iterator[Read]:
    with path.open("rb") as source:
        number = 0
        while line := source.readline(LONGEST_LINE):
            number += 1
            if not line.strip():
                continue
            try:
                found = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
            except ValueError:
                yield number, None, {}, "This line is not JSON."
                continue
            if isinstance(found, dict):
                yield number, None, found, None
            else:
                yield number, None, {}, "This line is not a resource."
