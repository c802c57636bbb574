"""The command palette's answers: places, actions and patients for the words typed so far; what was looked at
lately when nothing is typed."""

from flask import Flask, render_template, request

from app.access import seen
from app.models.patient import Patient
from app.models.user import Role
from app.queries import patient_search
from app.queries.search import patients_like
from app.web.places import places
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("palette", __name__)
PEOPLE = 6


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/palette")
def options() -> str:
    q = patient_search.clean_search(request.args.get("q", ""))
    people = found_people(q) if viewer().role is not Role.ANALYST else []
    return render_template("search/palette.html", q=q, people=people, places=places(viewer(), q))


def found_people(q: str) -> list[Patient]:
    """Patients with the words, or whom this person looked at last."""
    if not q:
        return [each.patient for each in patient_search.recent(viewer()).people]
    found = patients_like(viewer(), q, limit=PEOPLE)
    seen(viewer(), [patient.id for patient in found], through="search")
    return found
