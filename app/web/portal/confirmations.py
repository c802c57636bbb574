"""What a patient says of their own accord on "what's next": it came, I was there; and taking it back."""

from uuid import UUID

from flask import Flask, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import access
from app.actions import portal_confirmations
from app.core.db import transaction
from app.core.ids import new_id
from app.models.task import TaskType
from app.web import security
from app.web.answers import done
from app.web.moment import now
from app.web.portal import session
from app.web.portal.chat import PER_PATIENT, own_key

bp = session.patient_blueprint("portal_confirmations", __name__)
#: On the button, and the patient's own words in the thread.
SAYS = {
    TaskType.MEDICATION_RECEIVED: _l("I have my medicine"),
    TaskType.APPOINTMENT_KEPT: _l("I was at my appointment"),
}
_LONGEST_KEY = 60


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/portal/my/tasks/<uuid:task_id>/confirmation")
def create(task_id: UUID) -> Response:
    """They tell us before we ask. The form's key makes a double tap one message."""
    me = session.signed_in()
    security.check_rate(PER_PATIENT, "portal-writes", str(me.viewer.id))
    key = request.form.get("key", "")[:_LONGEST_KEY] or str(new_id())
    with transaction():
        task = access.task_for(me.viewer, task_id)
        words = str(SAYS.get(task.type, ""))
        portal_confirmations.confirm(
            session.myself(), task, words, at=now(), send_key=own_key("confirm", key)
        )
    return done(gettext("Thank you. We will not ask you."), then=url_for("portal_next.page"))


@bp.post("/portal/my/tasks/<uuid:task_id>/confirmation/withdrawal")
def withdraw(task_id: UUID) -> Response:
    me = session.signed_in()
    with transaction():
        task = access.task_for(me.viewer, task_id)
        portal_confirmations.take_back(session.myself(), task, at=now())
    return done(gettext("Taken back. We go on as before."), then=url_for("portal_next.page"))
