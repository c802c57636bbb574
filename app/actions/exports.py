"""Exports as the practice asks for them: a run with progress, and the events that say who took what, for
what and on which legal basis (T6.11)."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, TypedDict, Unpack
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.actions import seals
from app.actions.bulk_exports import StillBusy
from app.core.db import db
from app.core.errors import Invalid, TouchlineError
from app.exports.period import Period, check_period
from app.exports.purposes import Purpose, check_asked, purpose_of
from app.exports.touchpoints import check_format
from app.exports.wanted import Wanted
from app.models.event import SYSTEM, record
from app.models.patient import Patient, same_person
from app.models.practice import Practice
from app.models.run import ExportRun, RunStatus
from app.models.touchpoint import Touchpoint
from app.models.viewer import Viewer
from app.queries.payer_reports import payers_of


class Asked(TypedDict, total=False):
    """What an export is for and what it is narrowed to; `mrn` names the patient."""

    purpose: str
    reason: str
    basis: str
    payer: str
    mrn: str
    since_seq: int | None
    as_of_seq: int | None
    #: Who ran the command: the system's own name for them.
    operator: str
    #: Under which a seen request gives its run again.
    asked_key: str | None


def request(
    practice: Practice, *, from_on: date, to_on: date, file_format: str, by: Viewer, at: datetime,
    **asked: Unpack[Asked],
) -> ExportRun:  # fmt: skip
    """Ask for an export; a worker's child process makes it. Raises Invalid for what cannot be made, StillBusy
    while another one of the same token is being made."""
    if (seen := _seen(practice.id, asked.get("asked_key"))) is not None:
        return seen
    _check_idle(by)
    check_period(from_on, to_on)
    check_format(file_format)
    run = _run(practice, from_on, to_on, file_format, by=by, at=at, asked=asked)
    record(run, "export.requested", by=by.actor, at=at, format=file_format, purpose=run.purpose,
           operator=asked.get("operator"))  # fmt: skip
    return run


def _run(
    practice: Practice, from_on: date, to_on: date, file_format: str, *, by: Viewer, at: datetime,
    asked: Asked,
) -> ExportRun:  # fmt: skip
    purpose = purpose_of(asked.get("purpose", "internal"))
    reason, basis = asked.get("reason", "").strip(), asked.get("basis", "")
    _check_places(practice.id, asked)
    payer = (asked.get("payer") or "").strip() or None if purpose.of_a_payer else None
    check_asked(purpose, reason=reason, basis=basis, payer=payer)
    run = ExportRun(
        practice_id=practice.id, from_on=from_on, to_on=to_on, format=file_format,
        by_id=by.id if by.kind == "user" else None, created_at=at, purpose=purpose.key,
        reason=reason or None, basis=basis or None,
        payer=payer and known_payer(practice.id, payer),
        patient_id=_patient_id(practice, purpose, asked.get("mrn", "")),
        as_of_seq=asked.get("as_of_seq"), since_seq=asked.get("since_seq"),
        token_id=by.id if by.kind == "token" else None, asked_key=asked.get("asked_key"),
    )  # fmt: skip
    db.session.add(run)
    return run


def _seen(practice_id: UUID, key: str | None) -> ExportRun | None:
    if key is None:
        return None
    found = select(ExportRun).where(
        ExportRun.practice_id == practice_id, ExportRun.asked_key == key
    )
    return db.session.scalars(found).one_or_none()


def _check_idle(by: Viewer) -> None:
    if by.kind != "token":
        return
    busy = select(ExportRun.id).where(
        ExportRun.practice_id == by.practice_id, ExportRun.token_id == by.id,
        ExportRun.status.in_((RunStatus.WAITING, RunStatus.RUNNING)),
    )  # fmt: skip
    if db.session.scalar(busy.limit(1)) is not None:
        raise StillBusy


def _check_places(practice_id: UUID, asked: Asked) -> None:
    """Raise Invalid for a place the chain does not reach."""
    head = seals.head_of(practice_id).seq
    for field in ("as_of_seq", "since_seq"):
        place = asked.get(field)
        if isinstance(place, int) and not 0 <= place <= head:
            raise Invalid(f"The chain ends at {head}; nothing can be past it.", field=field)


def _patient_id(practice: Practice, purpose: Purpose, mrn: str) -> UUID | None:
    if not purpose.of_one_patient:
        return None
    found = db.session.scalar(
        select(Patient.id).where(Patient.practice_id == practice.id, Patient.mrn == mrn.strip())
    )
    if found is None:
        raise Invalid("Name the patient by their record number.", field="mrn")
    return found


def known_payer(practice_id: UUID, name: str) -> str:
    """The payer as the practice writes it. Raises Invalid for one that no coverage and no row names."""
    names = payers_of(practice_id)
    found = {each.casefold(): each for each in names}.get(name.casefold())
    if name in names or found:
        return name if name in names else str(found)
    was = select(Touchpoint.id).where(
        Touchpoint.practice_id == practice_id, Touchpoint.payer == name
    )
    if db.session.scalar(was.limit(1)):
        return name
    listed = ", ".join(names) or "none yet"
    raise Invalid(f"No coverage here names {name}. The payers are: {listed}.", field="payer")


def ask_at_once(
    practice: Practice, *, from_on: date, to_on: date, file_format: str, by: Viewer, at: datetime,
    **asked: Unpack[Asked],
) -> ExportRun:  # fmt: skip
    """A run that is made in this very process, from the command line."""
    run = request(
        practice, from_on=from_on, to_on=to_on, file_format=file_format, by=by, at=at, **asked
    )
    run.status = RunStatus.RUNNING
    run.lease_until = at.replace(year=at.year + 1)  # no worker takes it up
    return run


def wanted_of(
    run: ExportRun, practice: Practice, *, head: int, at: datetime, ids: tuple[UUID, ...] = ()
) -> Wanted:
    """What a run asks for. Raises Invalid for a place past the chain's end."""
    if run.as_of_seq is not None and run.as_of_seq > head:
        raise Invalid(f"The chain ends at {head}; --as-of cannot be past it.", field="as_of")
    as_of = head if run.as_of_seq is None else run.as_of_seq
    person: tuple[UUID, ...] = ()
    if run.patient_id is not None:
        person = tuple(db.session.scalars(same_person(practice.id, run.patient_id)))
    return Wanted(
        Period(run.from_on, run.to_on, practice.time_zone, as_of),
        at.astimezone(ZoneInfo(practice.time_zone)).date(), purpose_of(run.purpose),
        run.payer, run.patient_id, person, run.since_seq or 0, run.reason or "", run.basis or "", ids,
    )  # fmt: skip


def record_made(
    run: ExportRun, wanted: Wanted, *, by: Viewer, at: datetime, made: dict[str, Any],
    operator: str | None = None,
) -> None:  # fmt: skip
    """Note a finished export: who took which rows and fields, why, and on which basis (T6.11)."""
    run.status, run.manifest, run.done, run.finished_at = RunStatus.DONE, made, made["rows"], at
    run.total = made["rows"]
    db.session.add(run)
    record(run, "export.made", by=by.actor, at=at, patient_id=run.patient_id, format=run.format,
           as_of_seq=wanted.period.as_of_seq, rows=made["rows"], from_on=run.from_on.isoformat(),
           to_on=run.to_on.isoformat(), purpose=run.purpose, reason=run.reason, basis=run.basis,
           payer=run.payer, fields=list(wanted.purpose.fields), withheld=made["withheld_part_2"],
           operator=operator)  # fmt: skip


def record_failed(run: ExportRun, error: Exception, *, at: datetime) -> None:
    """Note that an export could not be made, in words a person may read."""
    text = (
        error.person_text if isinstance(error, TouchlineError) else "The export could not be made."
    )
    run.status, run.error, run.finished_at = RunStatus.FAILED, text, at
    record(run, "export.failed", by=SYSTEM, at=at)


def folder_of(root: Path, run: ExportRun) -> Path:
    return root / "exports" / str(run.practice_id) / str(run.id)
