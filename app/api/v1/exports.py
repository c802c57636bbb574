"""`/api/v1/exports`: ask for files of the ledger, see how far they are, fetch them. The same run, fields and
trail as over the page and the command."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from flask import Response, send_from_directory
from pydantic import Field, ValidationInfo, field_validator

from app import access
from app.actions import exports
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, idempotency_key, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.schemas import Day, Long, Short, Shown, Strict
from app.api.v1.schemas_messages import KeyHeader
from app.core.clock import db_now
from app.core.db import transaction
from app.core.errors import NotFound
from app.models.event import record
from app.models.run import ExportRun, RunStatus
from app.queries.runs import files_of

#: Seconds a caller should wait before it asks again.
AGAIN = 5
#: No chain is longer than what a database counts to.
Place = Field(None, ge=0, le=2**63 - 1)


class ExportIn(Strict):
    """Days are the practice's, both included. What leaves the practice has a reason and a legal basis."""

    from_on: Day
    to_on: Day
    format: Literal["csv", "jsonl", "parquet", "fhir", "xlsx"]
    purpose: Literal["internal", "payer", "quality", "patient"]
    reason: Long | None = None
    basis: Literal["operations", "access", "authorization", "law"] | None = None
    payer: Short | None = Field(None, description="Whose members, for a payer's file.")
    mrn: Short | None = Field(None, description="Whose record, for a patient's own file.")
    as_of_seq: int | None = Place
    since_seq: int | None = Place

    @field_validator("to_on")
    @classmethod
    def check_order(cls, day: date, others: ValidationInfo) -> date:
        if "from_on" in others.data and day < others.data["from_on"]:
            raise ValueError("the period ends before it begins")
        return day


class FileOut(Shown):
    """A file of a finished export; the manifest lists sizes and hashes and is signed."""

    name: str
    url: str


class ExportOut(Shown):
    """An export and how far it is. `files` are there once it is done; `error` says why it failed."""

    id: UUID
    status: RunStatus
    from_on: date
    to_on: date
    format: str
    purpose: str
    reason: str | None
    basis: str | None
    payer: str | None
    patient_id: UUID | None
    as_of_seq: int | None
    since_seq: int | None
    rows: int
    rows_done: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None
    files: list[FileOut]


@bp.post("/exports")
@documented("exports", body=ExportIn, headers=KeyHeader, gives=(202, ExportOut))
def create_export() -> Response:
    """Ask for an export of the ledger.

    A worker makes it; Location is where to ask how far it is. A token makes one at a time (429 meanwhile). A
    seen Idempotency-Key gives the first one again.
    """
    by = viewer("exports:write")
    body, key = read_body(ExportIn), idempotency_key()

    def write(at: datetime) -> ExportRun:
        return exports.request(
            access.practice_of(by), from_on=body.from_on, to_on=body.to_on, file_format=body.format,
            by=by, at=at, purpose=body.purpose, reason=body.reason or "", basis=body.basis or "",
            payer=body.payer or "", mrn=body.mrn or "", as_of_seq=body.as_of_seq,
            since_seq=body.since_seq, asked_key=key,
        )  # fmt: skip

    made = export_out(written(write))
    return answer(made, 202, location=f"/api/v1/exports/{made.id}")


@bp.get("/exports/<uuid:export_id>")
@documented("exports", gives=(200, ExportOut), refuses=(404,))
def read_export(export_id: UUID) -> Response:
    """See how far an export is, and where its files are."""
    shown = export_out(access.export_for(viewer("exports:read"), export_id))
    given = answer(shown)
    if shown.status in (RunStatus.WAITING, RunStatus.RUNNING):
        given.headers["Retry-After"] = str(AGAIN)
    return given


@bp.get("/exports/<uuid:export_id>/files/<name>")
@documented("exports", gives=(200, None), refuses=(404, 416))
def read_export_file(export_id: UUID, name: str) -> Response:
    """Fetch one file; one that broke off goes on where it stopped (Range)."""
    by = viewer("exports:read")
    run = access.export_for(by, export_id)
    if run.status is not RunStatus.DONE or not run.path or name not in files_of(run):
        raise NotFound
    given = send_from_directory(run.path, name, as_attachment=True)
    with transaction():
        mine = access.export_for(by, export_id)
        record(mine, "export.fetched", by=by.actor, at=db_now(), file=name)
    given.headers["Cache-Control"] = "no-store"
    return given


def export_out(run: ExportRun) -> ExportOut:
    base = f"/api/v1/exports/{run.id}/files"
    files = files_of(run) if run.status is RunStatus.DONE and run.path else ()
    return ExportOut(
        id=run.id, status=run.status, from_on=run.from_on, to_on=run.to_on,
        format=run.format, purpose=run.purpose, reason=run.reason, basis=run.basis, payer=run.payer,
        patient_id=run.patient_id, as_of_seq=run.as_of_seq, since_seq=run.since_seq, rows=run.total,
        rows_done=run.done, error=run.error, created_at=run.created_at, finished_at=run.finished_at,
        files=[FileOut(name=each, url=f"{base}/{each}") for each in files],
    )  # fmt: skip
