"""An appointment taken into the patient's own calendar: readable by the library, only one's own."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from app.actions import organization_answers, tasks
from app.core.db import db, transaction
from app.models.appointment import Appointment
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.task import Task
from tests.actions.test_letters import receive
from tests.conftest import Clock
from tests.web.partner.asks import pantry, post_ask, the_ask
from tests.web.portal.conftest import Enter
from tests.world import World, look_again

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


def shown(client: FlaskClient, place: str) -> int:
    page = client.get("/portal/my/next").text
    return page.count(f"<p>{place}</p>") if ".ics" in page else 0


def test_it_has_the_day_that_staff_wrote_down_until_it_is_called_off(
    world: World, enter: Enter, ana: FlaskClient, clock: Clock
) -> None:
    form = {"patient_id": str(world.sam.id), "type": "appointment_kept", "ask_first": "yes",
            "appointment_place": "Eye clinic", "happens_at": "2026-03-20T10:00"}  # fmt: skip
    sam = enter(world.sam)
    assert "Eye clinic" not in sam.get("/portal/my/next").text
    assert ana.post("/tasks", data=form).status_code == 303
    assert ana.post("/tasks", data=form | {"happens_at": "2026-02-20T10:00"}).status_code == 303
    assert shown(sam, "Eye clinic") == 1
    look_again()
    row = db.session.scalars(select(Appointment)).one()
    task = db.session.scalars(select(Task).where(Task.appointment_id == row.id)).one()
    assert sam.get(file_of(row.id)).status_code == 200
    with transaction():
        tasks.cancel(task, reason="Moved away", by=SYSTEM, at=clock.now)
    assert (shown(sam, "Eye clinic"), sam.get(file_of(row.id)).status_code) == (0, 404)
    with transaction():
        tasks.take_back(db.session.merge(task), by=SYSTEM, at=clock.now)
    assert shown(sam, "Eye clinic") == 1


def test_it_moves_with_the_day_an_organization_sets(
    world: World, enter: Enter, ana: FlaskClient, clock: Clock
) -> None:
    assert post_ask(ana, receive(world, clock), pantry(world, clock)).status_code == 303
    days = [clock.now + timedelta(days=number) for number in (2, 5)]
    for day in days:
        with transaction():
            organization_answers.schedule(the_ask(), day, by=SYSTEM, at=clock.now)
    sam = enter(world.sam)
    assert shown(sam, "Harbor Pantry") == 1
    look_again()
    rows = {row.starts_at: row for row in db.session.scalars(select(Appointment))}
    assert [rows[day].status for day in days] == ["cancelled", "booked"]
    codes = [sam.get(file_of(rows[day].id)).status_code for day in days]
    assert codes == [404, 200]
    with transaction():
        organization_answers.finish(the_ask(), "got_help", "", by=SYSTEM, at=clock.now)
    assert shown(sam, "Harbor Pantry") == 0
    look_again()
    assert (
        db.session.get_one(Appointment, (world.practice.id, rows[days[1]].id)).status == "fulfilled"
    )
