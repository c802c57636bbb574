"""Who may speak for the patient, as they agreed with the practice, and taking it back at once."""

from uuid import UUID

from flask import Flask, render_template, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import access
from app.actions import related_people
from app.core.db import transaction
from app.models.patient import EVERY_TASK, RelatedPerson
from app.models.task import TaskType
from app.queries.related_people import helpers_of
from app.web.answers import done
from app.web.moment import now, today
from app.web.portal import session

bp = session.patient_blueprint("portal_people", __name__)
#: What may be agreed on, in plain words.
MATTERS = {
    EVERY_TASK: _l("everything we do for you"),
    TaskType.MEDICATION_RECEIVED: _l("your medicine"),
    TaskType.APPOINTMENT_KEPT: _l("your appointments"),
    TaskType.REFERRAL_FOLLOW_UP: _l("getting in touch with our team"),
    TaskType.HOSPITAL_DISCHARGE: _l("your first days at home after the hospital"),
    TaskType.NO_SHOW: _l("a new day for a missed visit"),
}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/portal/my/people")
def page() -> str:
    me = session.signed_in()
    helpers = helpers_of(me.viewer, me.patient.id, today=today(me.practice.time_zone))
    return render_template("portal/people.html", me=me, helpers=helpers, matters=MATTERS)


@bp.post("/portal/my/people/<uuid:person_id>/ending")
def end(person_id: UUID) -> Response:
    """At once, whatever was agreed; the practice sees who ended it."""
    me = session.signed_in()
    with transaction():
        person = access.around_for(me.viewer, RelatedPerson, person_id, of=me.patient.id)
        related_people.end(person, by=me.viewer.actor, at=now())
        name = person.name
    words = gettext("%(name)s can no longer speak for you.", name=name)
    return done(words, then=url_for("portal_people.page"))
