"""How far an export is, its manifest, its files, and giving it up. Another token's export, a cancelled and
an expired one are all the same: not there."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from flask import Response, send_from_directory
from werkzeug.exceptions import NotFound

from app.actions import bulk_exports
from app.api.fhir.door import AGAIN, bp, outcome, viewer
from app.api.fhir.kick_off import public_url
from app.core.clock import db_now
from app.core.db import transaction
from app.models.bulk_export import BulkExport
from app.models.event import record
from app.models.run import RunStatus
from app.queries.ledger import utc_text
from app.value.plain_json import dumps

NOTES = "OperationOutcome.ndjson"


@bp.get("/exports/<uuid:export_id>")
def status(export_id: UUID) -> Response:
    row = current(export_id)
    if row.status is RunStatus.FAILED:
        return outcome(500, row.error or "The export could not be made.")
    if row.status is RunStatus.DONE:
        answer = Response(dumps(manifest(row)), content_type="application/json")
        answer.headers["Expires"] = format_datetime(expires_at(row), usegmt=True)
        return answer
    answer = Response(status=202)
    answer.headers["X-Progress"] = f"{row.done} rows" if row.done else "waiting"
    answer.headers["Retry-After"] = str(AGAIN)
    return answer


@bp.delete("/exports/<uuid:export_id>")
def cancel(export_id: UUID) -> Response:
    with transaction():
        bulk_exports.cancel(current(export_id), by=viewer(), at=db_now())
    return Response(status=202)


@bp.get("/exports/<uuid:export_id>/files/<name>")
def file(export_id: UUID, name: str) -> Response:
    """One of the files; who fetched it stands in the audit trail."""
    row = current(export_id)
    if name == NOTES and row.status is RunStatus.DONE and row.unknown_types:
        return Response("\n".join(notes(row)) + "\n", content_type="application/fhir+ndjson")
    if row.status is not RunStatus.DONE or row.path is None or name not in names(row):
        raise NotFound
    answer = send_from_directory(row.path, name, mimetype="application/fhir+ndjson")
    with transaction():
        record(current(export_id), "bulk_export.fetched", by=viewer().actor, at=db_now(), file=name)
    return answer


def current(export_id: UUID) -> BulkExport:
    """The token's own export while it lasts. Raises NotFound."""
    row = bulk_exports.find(viewer(), export_id)
    if row.finished_at is not None and db_now() >= expires_at(row):
        raise NotFound
    return row


def expires_at(row: BulkExport) -> datetime:
    return (row.finished_at or row.created_at) + bulk_exports.KEPT


def names(row: BulkExport) -> set[str]:
    return {str(each["name"]) for each in row.output}


def manifest(row: BulkExport) -> dict[str, Any]:
    """What version 2 of the guide calls `error` the next calls `outcome`: both are here."""
    base = f"{public_url()}/api/fhir/exports/{row.id}/files"
    said = [{"type": "OperationOutcome", "url": f"{base}/{NOTES}", "count": len(row.unknown_types)}]
    listed = said if row.unknown_types else []
    return {
        "transactionTime": utc_text(row.transaction_time or row.created_at),
        "request": row.request_url,
        "requiresAccessToken": True,
        "output": [{"type": each["type"], "url": f"{base}/{each['name']}", "count": each["count"]}
                   for each in row.output],
        "deleted": [],
        "error": listed,
        "outcome": listed,
    }  # fmt: skip


def notes(row: BulkExport) -> list[str]:
    """An OperationOutcome per kind that was asked for and that we have none of."""
    return [
        dumps({"resourceType": "OperationOutcome", "issue": [
            {"severity": "warning", "code": "not-supported", "diagnostics": f"There is no {kind} here."}
        ]})
        for kind in row.unknown_types
    ]  # fmt: skip
