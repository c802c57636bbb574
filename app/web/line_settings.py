"""A line's own settings: its name, its pace, who answers STOP and HELP on it."""

from collections.abc import Mapping
from math import isfinite
from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app.actions import carrier_queue, line_changes
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.practice import Line, StopOwner
from app.models.user import Role
from app.queries.practice_set_up import line_for
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("line_settings", __name__, url_prefix="/settings/lines/<uuid:line_id>")
OWNERS = [
    (StopOwner.CARRIER, "The phone company (Twilio's default, in English)"),
    (StopOwner.US, "Touchline, in the patient's language"),
]


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def edit(line_id: UUID) -> str:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    line = line_for(viewer(), line_id)
    values = {
        "label": line.label,
        "segments_per_second": f"{line.segments_per_second:g}",
        "stop_owner": line.stop_owner,
    }
    return _sheet(line, values, {})


@bp.post("")
def update(line_id: UUID) -> Response | tuple[str, int]:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    line = line_for(viewer(), line_id)
    try:
        pace, owner = _pace(), _owner()
        with transaction():
            line_changes.update(
                line_for(viewer(), line_id), label=request.form.get("label", ""),
                segments_per_second=pace, stop_owner=owner, by=viewer().actor, at=now(),
            )  # fmt: skip
    except Invalid as error:
        return _sheet(line, request.form, {error.field or "": error.person_text}), 422
    return done("Saved.", then="/settings")


def _sheet(line: Line, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "settings/line_form.html", line=line, values=values, errors=errors, owners=OWNERS,
        there=carrier_queue.read(line.practice_id, at=now()),
    )  # fmt: skip


def _pace() -> float:
    try:
        pace = float(request.form.get("segments_per_second", ""))
    except ValueError:
        pace = float("nan")
    if not isfinite(pace):
        raise Invalid("Write a number, like 1 or 0.5.", field="segments_per_second")
    return pace


def _owner() -> StopOwner:
    wanted = request.form.get("stop_owner", "")
    if wanted not in set(StopOwner):
        raise Invalid("Choose who answers STOP and HELP.", field="stop_owner")
    return StopOwner(wanted)
