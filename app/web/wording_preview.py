"""How a wording reads for one patient: finding one, and the words as they stand in the editor."""

from uuid import UUID

from flask import Flask, render_template, request

from app import access
from app.actions import wording_preview
from app.queries import wordings as reads
from app.queries.patient_search import patients_like
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.wording import languages, typed

bp = staff_blueprint("wording_preview", __name__, url_prefix="/settings/wording/<key>")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/people")
def people(key: str) -> str:
    q = request.args.get("q", "")
    found = patients_like(viewer(), q)
    return render_template("settings/_wording_people.html", key=key, found=found, q=q)


@bp.post("/reads/<uuid:patient_id>")
def read_as(key: str, patient_id: UUID) -> str:
    """A POST, so that the words stand in no address or log."""
    known = reads.known_wording(viewer(), key)
    patient = access.patient_for(viewer(), patient_id, through="wording")
    bodies = {tag: typed(tag) for tag in languages()}
    found = wording_preview.preview(signed_in().practice, known, bodies, patient, at=now())
    return render_template("settings/_wording_reads.html", reads=found, patient=patient)
