"""What payers send: their list of members, looked at before it changes coverages, and their reports of the
practice, which stand apart from its own measures."""

from typing import Any

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import payer_reports, rosters
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.user import Role
from app.queries.payer_reports import from_payers
from app.value.fhir_files import NotFhir, Resources, read
from app.value.roster import read_roster
from app.web.answers import done
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("payers", __name__, url_prefix="/reports/payers")
bp.before_request(lambda: viewer().check_role(Role.LEAD, Role.ADMIN))
#: Larger lists are a matter for the command line.
MOST_BYTES = 20_000_000


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def page() -> str:
    return shown()


def shown(error: str = "", **more: Any) -> str:
    return render_template(
        "reports/payers.html", found=from_payers(viewer()), error=error, values=request.form, **more
    )


def sent() -> Resources:
    """The upload as FHIR. Raises Invalid or NotFhir."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid("Choose a file first.", field="file")
    data = upload.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Invalid("This file is larger than 20 MB: take it in with flask payers roster.")
    return read(data)


@bp.post("/rosters")
def roster() -> str | tuple[str, int]:
    """Look only, unless it is asked to take it in; either way every line is told of."""
    looked = request.form.get("look") == "yes"
    try:
        listed = read_roster(sent())
        whose = rosters.From(
            request.form.get("payer", ""), request.form.get("program", "").strip(),
            request.form.get("whole") == "yes",
        )  # fmt: skip
        with transaction():
            practice, day = access.practice_of(viewer()), today(signed_in().practice.time_zone)
            act = rosters.look if looked else rosters.take_in
            report = act(practice, listed, whose, today=day, by=viewer().actor, at=now())
    except (Invalid, NotFhir) as problem:
        return shown(words_of(problem)), 422
    return shown(report=report, looked=looked, roster=listed)


@bp.post("/reports")
def report() -> Response | tuple[str, int]:
    try:
        found = sent()
        with transaction():
            rows = payer_reports.take_in(
                access.practice_of(viewer()), found, payer=request.form.get("payer", ""),
                by=viewer().actor, at=now(),
            )  # fmt: skip
    except (Invalid, NotFhir) as problem:
        return shown(words_of(problem)), 422
    return done(f"{len(rows)} figures are kept, apart from your own.", then=url_for("payers.page"))


def words_of(problem: Invalid | NotFhir) -> str:
    return problem.person_text if isinstance(problem, Invalid) else str(problem)
