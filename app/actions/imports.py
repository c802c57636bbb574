"""Panel imports. Lines are taken in short batches, one transaction each: a batch is written at once, and
where that fails line by line, so that a bad line never stops or half-writes another."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from app.actions import patients
from app.actions.import_file import FileLine, PanelFile
from app.actions.import_rows import read_fields
from app.actions.patient_panel import Panel
from app.core.db import db, savepoint
from app.core.errors import Invalid
from app.core.log import logger
from app.models.event import Actor, record
from app.models.patient_fields import PatientFields
from app.models.practice import Practice
from app.models.run import ImportProblem, ImportRun, RunStatus

BATCH = 200
LEASE = timedelta(minutes=2)
log = logger("imports")


@dataclass(slots=True)
class Taken:
    """The mrns a file has named so far, with the line that was taken for each."""

    by_mrn: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line whose cells all make sense."""

    number: int
    fields: PatientFields


def ask(
    practice: Practice, file_name: str, path: str | None, *, by: Actor, at: datetime
) -> ImportRun:
    """Note that this file is to be imported; a worker (or the command that asked) does it."""
    run = ImportRun(
        practice_id=practice.id,
        file_name=file_name[-200:],
        path=path,
        by_id=by.id if by.kind == "user" else None,
        created_at=at,
    )
    db.session.add(run)
    record(run, "import.asked", by=by, at=at)
    return run


def begin(run: ImportRun, file: PanelFile, *, at: datetime) -> None:
    """Start the run, or go on where a run that was cut short had got to."""
    run.status = RunStatus.RUNNING
    run.total = file.count()
    run.lease_until = at + LEASE


def take(
    run: ImportRun, practice: Practice, lines: Sequence[FileLine], taken: Taken, *, at: datetime
) -> None:
    """Write one batch: what can be used goes in, the rest is reported; counts and lease move on."""
    panel = Panel(practice, at=at)
    readable: list[ReadLine] = []
    for line in lines:
        fields, problems = read_fields(line, panel.place)
        problems = problems or _taken_before(fields["mrn"], line.number, taken)
        if problems:
            _refuse(run, line.number, problems)
        else:
            readable.append(ReadLine(line.number, fields))
    by = actor_of(run)
    try:
        with savepoint():
            tally = _write(practice, readable, by=by, at=at)
    except OperationalError:
        raise
    except Exception:
        log.info("import batch is written line by line", run=str(run.id))
        tally = _write_singly(run, practice, readable, by=by, at=at)
    run.created += tally["created"]
    run.updated += tally["updated"]
    run.unchanged += tally["unchanged"]
    run.done += len(lines)
    run.lease_until = at + LEASE


def pass_over(lines: Iterable[FileLine], practice: Practice, taken: Taken, *, at: datetime) -> None:
    """Lines an earlier try has dealt with: only their mrns matter now."""
    place = Panel(practice, at=at).place
    for line in lines:
        fields, problems = read_fields(line, place)
        if not problems:
            taken.by_mrn.setdefault(fields["mrn"], line.number)


def finish(run: ImportRun, *, at: datetime) -> None:
    run.status, run.finished_at, run.lease_until, run.path = RunStatus.DONE, at, None, None
    record(run, "import.finished", by=actor_of(run), at=at, created=run.created,
           updated=run.updated, unchanged=run.unchanged, refused=run.refused)  # fmt: skip


def fail(run: ImportRun, why: str, *, at: datetime) -> None:
    """The file could not be read, or the run broke: say so on the page; what went in stays in."""
    run.status, run.finished_at, run.lease_until, run.error = RunStatus.FAILED, at, None, why
    record(run, "import.failed", by=actor_of(run), at=at)


def actor_of(run: ImportRun) -> Actor:
    return Actor("user", run.by_id) if run.by_id else Actor("system")


def _taken_before(mrn: str, number: int, taken: Taken) -> list[Invalid]:
    first = taken.by_mrn.setdefault(mrn, number)
    if first == number:
        return []
    return [Invalid(f"Line {first} has the same mrn and was taken. Keep one of them.", field="mrn")]


def _write(
    practice: Practice, lines: Sequence[ReadLine], *, by: Actor, at: datetime
) -> Counter[str]:
    """Create or update a patient per line, with a constant number of reads for all of them."""
    known = patients.known_by_mrn(practice.id, [line.fields["mrn"] for line in lines])
    panel = Panel(practice, at=at)
    numbers = [e164 for line in lines if (e164 := line.fields.get("phone"))]
    panel.load(known.values(), numbers)
    tally: Counter[str] = Counter()
    with db.session.no_autoflush:
        for line in lines:
            patient = known.get(line.fields["mrn"])
            if patient is None:
                patients.add(panel, line.fields, by=by, at=at)
                tally["created"] += 1
            else:
                changed = patients.apply(panel, patient, line.fields, by=by, at=at)
                tally["updated" if changed else "unchanged"] += 1
    return tally


def _write_singly(
    run: ImportRun, practice: Practice, lines: Sequence[ReadLine], *, by: Actor, at: datetime
) -> Counter[str]:
    """The same, a savepoint per line; a line that can't be written is refused, the rest go in."""
    tally: Counter[str] = Counter()
    for line in lines:
        try:
            with savepoint():
                written = _write(practice, [line], by=by, at=at)
        except OperationalError:
            raise
        except Invalid as problem:
            _refuse(run, line.number, [problem])
        except Exception:
            log.exception("import line failed", run=str(run.id), line=line.number)
            _refuse(run, line.number, [Invalid("This line could not be saved. Import it again.")])
        else:
            tally += written
    return tally


def _refuse(run: ImportRun, number: int, problems: Sequence[Invalid]) -> None:
    """Report a line once, with all that is wrong with it."""
    first, *rest = problems
    reasons = [first.person_text, *(f"{other.field}: {other.person_text}" for other in rest)]
    db.session.add(
        ImportProblem(
            practice_id=run.practice_id,
            run_id=run.id,
            line=number,
            field=first.field,
            reason=" · ".join(reasons),
        )
    )
    run.refused += 1
