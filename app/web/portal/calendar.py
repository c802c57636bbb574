"""An appointment for the patient's own calendar: one event as a file (RFC 5545), at its time and place."""

from datetime import datetime
from uuid import UUID

from flask import Flask, Response
from flask_babel import gettext

from app.models.appointment import Appointment
from app.models.practice import Practice
from app.queries import portal
from app.web.moment import now
from app.web.portal import session

bp = session.patient_blueprint("portal_calendar", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/portal/my/appointments/<uuid:appointment_id>.ics")
def download(appointment_id: UUID) -> Response:
    me = session.signed_in()
    found = portal.appointment_for(me.viewer, appointment_id, at=now())
    body = written(found, me.practice, stamp=now())
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response


def written(appointment: Appointment, practice: Practice, *, stamp: datetime) -> bytes:
    """The file. It has no end, since nobody told us one, and nothing of why the patient goes there."""
    from icalendar import Calendar, Event  # only who takes a file loads it

    event = Event()
    event.add("uid", f"{appointment.id}@touchline")
    event.add("dtstamp", stamp.replace(microsecond=0))
    event.add("dtstart", appointment.starts_at.replace(microsecond=0))
    event.add("summary", gettext("Appointment"))
    event.add("location", appointment.place)
    event.add("description", practice.name)
    calendar = Calendar()
    calendar.add("prodid", "-//Touchline//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
