"""An export as FHIR R4: `<Type>.ndjson`, one resource per line. The ledger's rows stream through once, as
in every other file; what they point to is beside them, so that references resolve (T4.8)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from app.core.db import db
from app.exports.fhir_choice import EVERYTHING, Choice
from app.exports.fhir_ledger import contact, provenance
from app.exports.fhir_rates import measure_report
from app.exports.fhir_scope import Scope
from app.exports.fhir_words import WITHHELD, Json
from app.exports.measures import document
from app.exports.period import Period
from app.exports.rows import rows_of
from app.models.practice import Practice
from app.models.viewer import Viewer
from app.queries.measure_filter import Span
from app.queries.measures import results
from app.value.commitments import Plain
from app.value.plain_json import dumps
from app.value.small_cells import SMALLEST
from messaging.quiet_hours import end_of_local_day

Rows = Iterable[dict[str, Plain]]
#: Every kind of resource there is, in the order of their names.
KINDS = ("Communication", "Consent", "Coverage", "Encounter", "MeasureReport", "Organization", "Patient",
         "Practitioner", "Provenance", "RelatedPerson", "ServiceRequest", "Task")  # fmt: skip

#: Without these there is no resource; none of them says anything of a person.
KEPT = ("touchpoint_id", "practice_id", "patient_id", "seal_seq", "row_hash")


class Package:
    """Files by type, opened when the first resource of the type comes and named when all are whole."""

    def __init__(self, folder: Path, kinds: frozenset[str] | None = None) -> None:
        self.folder, self.kinds = folder, kinds
        self.counts: dict[str, int] = {}
        self._open: dict[str, IO[str]] = {}
        self._stack = ExitStack()

    def put(self, resource: Json) -> None:
        kind = resource["resourceType"]
        if self.kinds is not None and kind not in self.kinds:
            return
        if kind not in self._open:
            part = self.folder / f"{kind}.ndjson.part"
            self._open[kind] = self._stack.enter_context(
                part.open("w", encoding="utf-8", newline="")
            )
        self._open[kind].write(dumps(resource) + "\n")
        self.counts[kind] = self.counts.get(kind, 0) + 1

    def __enter__(self) -> "Package":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Nothing half-made stays: after an error the parts go."""
        self._stack.close()
        for name in self._open:
            part = self.folder / f"{name}.ndjson.part"
            if kind is None:
                part.replace(self.folder / f"{name}.ndjson")
            else:
                part.unlink(missing_ok=True)

    @property
    def files(self) -> list[Path]:
        return [self.folder / f"{kind}.ndjson" for kind in sorted(self._open)]


def write(
    viewer: Viewer,
    practice: Practice,
    period: Period,
    *,
    folder: Path,
    watch: Callable[[Rows], Rows] = lambda found: found,
    choice: Choice = EVERYTHING,
) -> Package:
    """Write the files into the folder. `watch` sees the ledger's rows go by. In rates small cells are
    hidden."""
    scope = Scope(viewer, practice, period, choice)
    folder.mkdir(parents=True, exist_ok=True)
    with Package(folder, choice.kinds) as package:
        for resource in scope.resources():
            package.put(resource)
        for resource in _of_ledger(scope, watch):
            package.put(resource)
        if choice.with_rates:
            for resource in rates(viewer, practice, period, payer=choice.payer):
                package.put(resource)
    return package


def _of_ledger(scope: Scope, watch: Callable[[Rows], Rows]) -> Iterator[Json]:
    corrected = {str(id_) for id_ in db.session.scalars(scope.corrected())}
    for whole in watch(rows_of(scope.viewer, scope.contacts())):
        row = _shown(whole, scope.choice)
        yield contact(row, is_corrected=row["touchpoint_id"] in corrected)
        yield provenance(row)


def _shown(row: dict[str, Plain], choice: Choice) -> dict[str, Plain]:
    """The row as its purpose shows it: the other fields are empty. That it takes another back is no secret;
    why is words."""
    kept = set(row)
    if choice.fields is not None:
        named = ("actor_id",) if choice.shows("actor_name") else ()
        kept = {*choice.fields, *KEPT, *named}
    shown = {name: value if name in kept else None for name, value in row.items()}
    words = row["void_reason"] if choice.with_words else WITHHELD
    return shown | {"void_reason": words if row["void_reason"] else None}


def rates(
    viewer: Viewer, practice: Practice, period: Period, *, payer: str | None = None
) -> Iterator[Json]:
    """Our own measures of the period as reports, judged as of its end; small cells are hidden. A payer gets
    the figures of its own members alone, if they had any."""
    at = end_of_local_day(period.to_on, period.time_zone)
    span = Span(period.from_on, period.to_on, period.time_zone, at)
    made = document(practice, span, results(viewer, span), smallest=SMALLEST)
    for found in made["measures"]:
        if payer is not None:
            its = next((row for row in found["by"]["payer"] if row["group"] == payer), None)
            if its is None:
                continue
            found = {**found, **its, "by": {}}
        yield measure_report(made, found, practice_id=str(practice.id))
