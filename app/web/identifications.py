"""Who an unknown writer was taken for, by whom and when; DELETE takes a wrong "Who is this?" back with all
that came of it, once somebody has read what that is."""

from uuid import UUID

from flask import Flask, render_template, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import identity_plan, misidentified
from app.core.db import transaction
from app.core.errors import Conflict
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.patient import Patient
from app.queries.timeline import staff_names
from app.web import refile_words
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("identifications", __name__)
bp.before_request(lambda: viewer().check_staff())
HERE = "/conversations/<uuid:conversation_id>/people/<uuid:event_id>"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get(HERE)
def page(conversation_id: UUID, event_id: UUID) -> str:
    intake, said, patient = found(conversation_id, event_id)
    lines, problem = [], None
    try:
        lines = refile_words.identity_lines(identity_plan.plan(intake, patient, said))
    except Conflict as error:
        problem = error.person_text
    return render_template(
        "inbox/identification.html", intake=intake, patient=patient, said=said, lines=lines,
        problem=problem, names=staff_names(viewer()),
    )  # fmt: skip


@bp.delete(HERE)
def delete(conversation_id: UUID, event_id: UUID) -> Response:
    with transaction():
        intake, said, patient = found(conversation_id, event_id)
        into = misidentified.take_back(intake, patient, said, by=viewer().actor, at=now())
        then = url_for("inbox.one", conversation_id=into.id)
    answer = done(f"It is not {patient.name}’s any more. Who is it?", then=then)
    if answer.status_code == 204:
        answer.headers["HX-Redirect"] = then
    return answer


def found(conversation_id: UUID, event_id: UUID) -> tuple[Conversation, Event, Patient]:
    """The intake, the event that gave it a name, and whose it was. Raises NotFound."""
    intake = access.conversation_for(viewer(), conversation_id, through="intake")
    said = identity_plan.said_of(intake, event_id)
    patient = access.patient_for(viewer(), said.patient_id or "", through="intake")
    return intake, said, patient
