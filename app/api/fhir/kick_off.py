"""The kick-off of `$export`: for the practice, for all patients, or for one group (a care team). GET with a
query or POST with Parameters; the answer is where to ask how far it is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import Response, request

from app import access
from app.actions import bulk_exports
from app.api.fhir.door import bp, here, viewer
from app.api.v1.problems import Refused
from app.core.clock import db_now
from app.core.db import transaction
from app.core.settings import current_settings
from app.exports.fhir import KINDS
from app.value.fhir_times import NotATime, parse

FORMATS = ("application/fhir+ndjson", "application/ndjson", "ndjson")
KNOWN = ("_type", "_since", "_outputFormat")
Asked = list[tuple[str, str]]


@bp.route("/$export", methods=["GET", "POST"])
def system_export() -> Response:
    return start(None)


@bp.route("/Patient/$export", methods=["GET", "POST"])
def patient_export() -> Response:
    return start(None)


@bp.route("/Group/<group_id>/$export", methods=["GET", "POST"])
def group_export(group_id: str) -> Response:
    return start(group_id)


def start(group: str | None) -> Response:
    by = viewer()
    wanted = read_wanted(group)
    with transaction():
        row = bulk_exports.request(access.practice_of(by), wanted, by=by, at=db_now())
        export_id = row.id
    answer = Response(status=202)
    answer.headers["Content-Location"] = f"{public_url()}/api/fhir/exports/{export_id}"
    return answer


def public_url() -> str:
    return current_settings().public_url


def read_wanted(group: str | None) -> bulk_exports.Wanted:
    """What is asked for. Raises 400 for what the caller did not say it could do without."""
    preferred = {part.strip() for part in request.headers.get("Prefer", "").split(",")}
    if "respond-async" not in preferred:
        raise Refused(400, "An export takes a while: send Prefer: respond-async.")
    asked = from_body() if request.method == "POST" else list(request.args.items(multi=True))
    is_lenient = "handling=lenient" in preferred
    unknown = sorted({name for name, _ in asked if name not in KNOWN})
    if unknown and not is_lenient:
        raise Refused(400, f"Unknown parameters: {', '.join(unknown)[:200]}.")
    for value in of(asked, "_outputFormat"):
        if value not in FORMATS:
            raise Refused(400, f"Files are NDJSON: _outputFormat is one of {', '.join(FORMATS)}.")
    kinds = [kind for value in of(asked, "_type") for kind in value.split(",") if kind]
    strange = sorted({kind[:60] for kind in kinds if kind not in KINDS})
    if strange and not is_lenient:
        raise Refused(400, f"There is no {', '.join(strange)} here; there are {', '.join(KINDS)}.")
    return bulk_exports.Wanted(
        f"{public_url()}{here()}", group, sorted({k for k in kinds if k in KINDS}), strange,
        read_since(of(asked, "_since")),
    )  # fmt: skip


def of(asked: Asked, name: str) -> Iterable[str]:
    return (value for key, value in asked if key == name)


def read_since(values: Iterable[str]) -> datetime | None:
    for text in values:
        try:
            found = parse(text.replace(" ", "+")).instant
        except NotATime:
            found = None
        if found is None:
            raise Refused(400, "_since is an instant, like 2026-03-03T17:00:00Z.")
        return found
    return None


def from_body() -> Asked:
    """The parts of a Parameters resource; a POST may also carry nothing at all."""
    if not request.get_data():
        return list(request.args.items(multi=True))
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        raise Refused(400, "Send a Parameters resource as JSON.")
    parts = body.get("parameter") or []
    if not isinstance(parts, list):
        raise Refused(400, "parameter is a list.")
    return [(str(p.get("name", "")), value_of(p)) for p in parts if isinstance(p, dict)]


def value_of(part: dict[str, Any]) -> str:
    return next((str(value) for key, value in part.items() if key.startswith("value")), "")
