"""Trying a changed protocol against last month, before it is saved: the form's fields come along with each
page of the result, and nothing is written."""

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app.actions import protocol_dry_run, protocols
from app.actions.protocol_dry_run import Totals
from app.models.user import Role
from app.web import protocol_form
from app.web.moment import now
from app.web.protocol_form import Refused
from app.web.protocol_settings import in_force, kind_named
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("protocol_dry_runs", __name__, url_prefix="/settings/protocols/<kind>/dry-run")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("")
def create(kind: str) -> Response | tuple[str, int] | str:
    """One page of last month under both versions; the page asks for the next one by itself."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    current = protocols.read(in_force(kind_named(kind)))
    filled = protocol_form.of_form(request.form, current)
    try:
        changed = protocol_form.definition_of(filled, current)
    except Refused as refused:
        return render_template(
            "protocols/dry_run.html", errors=refused.filled.errors, kind=kind
        ), 422
    after, totals = request.form.get("after", ""), Totals.read(request.form.get("totals", ""))
    page = protocol_dry_run.page(
        viewer(), current, changed, at=now(), after=after, totals=totals if after else None
    )
    return render_template(
        "protocols/dry_run.html", page=page, kind=kind, first=not after, errors={},
        most=protocol_dry_run.MOST,
    )  # fmt: skip
