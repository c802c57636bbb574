"""An appointment taken into the patient's own calendar: readable by the library, only one's own."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from icalendar import Calendar

from app.core.db import transaction
from app.models.appointment import Appointment
from app.models.patient import Patient
from tests.conftest import Clock
from tests.web.portal.conftest import Enter
from tests.world import World

STARTS = datetime(2026, 3, 5, 22, 30, tzinfo=UTC)


def book(patient: Patient, starts_at: datetime, status: str = "booked") -> UUID:
    with transaction() as session:
        row = Appointment(practice_id=patient.practice_id, patient_id=patient.id, status=status,
                          place="Harbor Food Pantry, Pier; 2", starts_at=starts_at,
                          created_at=starts_at)  # fmt: skip
        session.add(row)
        return row.id


def file_of(appointment_id: UUID) -> str:
    return f"/portal/my/appointments/{appointment_id}.ics"


def test_it_is_a_file_a_calendar_reads(world: World, enter: Enter, clock: Clock) -> None:
    found = book(world.rosa, STARTS)
    client = enter(world.rosa)
    page = client.get("/portal/my/next").text
    assert "Añadir a mi calendario" in page
    assert file_of(found) in page
    answer = client.get(file_of(found))
    assert answer.content_type == "text/calendar; charset=utf-8"
    [event] = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event.decoded("dtstart") == STARTS
    assert event.decoded("dtstamp") == clock.now.replace(microsecond=0)
    assert str(event["location"]) == "Harbor Food Pantry, Pier; 2"
    assert str(event["summary"]) == "Cita"
    again = Calendar.from_ical(client.get(file_of(found)).data).walk("VEVENT")[0]
    assert again["uid"] == event["uid"]


def test_only_ones_own_that_is_still_to_come(world: World, enter: Enter, clock: Clock) -> None:
    mine = book(world.rosa, STARTS)
    others = book(world.sam, STARTS)
    off, past = (
        book(world.rosa, STARTS, "cancelled"),
        book(world.rosa, clock.now - timedelta(days=3)),
    )
    client = enter(world.rosa)
    codes = [client.get(file_of(each)).status_code for each in (mine, others, off, past)]
    assert codes == [200, 404, 404, 404]
