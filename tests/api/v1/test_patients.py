"""Patients over the API: created whole, changed in part, read and listed; an opt-out is never lifted."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.actions import number_endings, tasks
from app.core.db import db, transaction
from app.models.consent import Consent
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import SYSTEM, AccessLog, Event
from app.models.patient import Patient
from app.models.task import Task, TaskType
from tests.api.v1.conftest import check_problem

MAYA = {
    "mrn": "M-100", "given_name": "Maya", "family_name": "Ortiz", "birth_date": "1961-05-17",
    "phone": "+15035550144", "language": "es", "postal_code": "97205",
    "sms_consent": {"given": True, "on": "2026-02-01", "wording": "May we text you?"},
}  # fmt: skip


def test_it_creates_a_patient_with_phone_and_consent(api, world) -> None:
    made = api.post("patients", MAYA)
    assert made.status_code == 201, made.text
    shown = made.get_json()
    assert made.headers["Location"] == f"/api/v1/patients/{shown['id']}"
    assert {name: shown[name] for name in ("mrn", "phone", "language", "birth_date")} == {
        "mrn": "M-100", "phone": "+15035550144", "language": "es", "birth_date": "1961-05-17",
    }  # fmt: skip
    assert shown["sms_consent"] == "given"
    assert api.get(f"patients/{shown['id']}").get_json() == shown
    row = db.session.scalars(select(Consent).where(Consent.patient_id == UUID(shown["id"]))).one()
    assert (row.how, row.wording, row.recorded_by_kind) == ("api", "May we text you?", "token")
    event = db.session.scalars(
        select(Event).where(Event.kind == "patient.created", Event.actor_kind == "token")
    ).one()
    assert str(event.patient_id) == shown["id"]


def test_it_needs_only_mrn_names_and_birth_date(api) -> None:
    least = {name: MAYA[name] for name in ("mrn", "given_name", "family_name", "birth_date")}
    shown = api.post("patients", least).get_json()
    assert (shown["language"], shown["phone"], shown["sms_consent"]) == ("en", None, "unknown")


def test_it_answers_the_same_mrn_with_the_existing_id(api) -> None:
    first = api.post("patients", MAYA).get_json()["id"]
    problem = check_problem(api.post("patients", MAYA | {"given_name": "May"}), 409)
    assert problem["id"] == first
    assert db.session.scalar(select(func.count()).where(Patient.mrn == "M-100")) == 1


def test_it_lets_two_people_share_one_phone(api, world) -> None:
    api.post("patients", MAYA | {"phone": world.phone(world.kim)})
    db.session.rollback()
    numbers = select(func.count(PhoneNumber.id)).where(PhoneNumber.e164 == world.phone(world.kim))
    assert db.session.scalar(numbers) == 1
    points = select(func.count(ContactPoint.id)).where(
        ContactPoint.phone_number_id == world.number(world.kim).id
    )
    assert db.session.scalar(points) == 3


def test_it_reports_every_field_at_once_and_saves_nothing(api) -> None:
    before = db.session.scalar(select(func.count(Patient.id)))
    wrong = MAYA | {
        "phone": "12345",
        "postal_code": "9720",
        "birth_date": "2031-01-01",
        "time_zone": "EST",
    }
    problem = check_problem(api.post("patients", wrong), 422)
    assert {each["field"] for each in problem["errors"]} == {
        "phone",
        "postal_code",
        "birth_date",
        "time_zone",
    }
    assert "9720" not in str(problem).replace("97205", "")
    db.session.rollback()
    assert db.session.scalar(select(func.count(Patient.id))) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("mrn", 7), ("given_name", None), ("birth_date", "17/05/1961"), ("birth_date", 19610517),
     ("phone", ["+15035550144"]), ("care_team_id", "not-an-id"), ("nickname", "May"), ("mrn", ""),
     ("given_name", "a\x00b"), ("family_name", "x" * 101),
     ("sms_consent", {"given": "yes", "on": "2026-02-01", "wording": "?"}), ("sms_consent", True)],
)  # fmt: skip
def test_it_refuses_odd_types_unknown_fields_and_nulls(api, name, value) -> None:
    problem = check_problem(api.post("patients", MAYA | {name: value}), 422)
    assert problem["errors"][0]["field"].startswith(name)


def test_it_refuses_a_team_of_another_practice(api, world, clock) -> None:
    from app.actions import practices

    with transaction():
        team = practices.add_team(world.other_practice, "Others", by=SYSTEM, at=clock.now)
    problem = check_problem(api.post("patients", MAYA | {"care_team_id": str(team.id)}), 404)
    assert problem["errors"][0]["field"] == "care_team_id"
    problem = check_problem(
        api.patch(f"patients/{world.sam.id}", {"care_team_id": str(team.id)}), 404
    )


def test_it_changes_only_what_is_named(api, world) -> None:
    changed = api.patch(f"patients/{world.sam.id}", {"language": "es", "email": "sam@example.org"})
    assert changed.status_code == 200, changed.text
    shown = changed.get_json()
    assert (shown["language"], shown["email"], shown["phone"]) == (
        "es",
        "sam@example.org",
        world.phone(world.sam),
    )
    event = db.session.scalars(select(Event).where(Event.kind == "patient.updated")).one()
    assert sorted(event.facts["fields"]) == ["email", "language"]
    again = api.patch(f"patients/{world.sam.id}", {"language": "es"})
    assert again.get_json() == shown
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Event.kind == "patient.updated")) == 1


def test_a_new_phone_replaces_the_old_one_and_needs_its_own_consent(api, world) -> None:
    shown = api.patch(f"patients/{world.sam.id}", {"phone": "(503) 555-0177"}).get_json()
    assert (shown["phone"], shown["sms_consent"]) == ("+15035550177", "unknown")
    assert shown["warnings"] == []
    ended = db.session.scalars(
        select(ContactPoint).where(
            ContactPoint.patient_id == world.sam.id, ContactPoint.ended_at.is_not(None)
        )
    ).one()
    assert ended.phone_number_id is not None
    given = {"given": True, "on": "2026-03-01", "wording": "On the new phone?"}
    shown = api.patch(f"patients/{world.sam.id}", {"sms_consent": given}).get_json()
    assert shown["sms_consent"] == "given"


def test_it_says_when_a_number_is_not_taken_in(api, world, clock) -> None:
    """Staff said that it is not theirs, and another system does not know."""
    with transaction():
        sam = db.session.merge(world.sam)
        point = db.session.scalars(select(ContactPoint).filter_by(patient_id=sam.id)).one()
        number_endings.end(sam, point, by=SYSTEM, at=clock.now)
    answer = api.patch(f"patients/{world.sam.id}", {"phone": "(503) 555-0102", "pcp": "Dr. Lee"})
    shown = answer.get_json()
    assert (answer.status_code, shown["phone"], shown["pcp"]) == (200, None, "Dr. Lee")
    (told,) = shown["warnings"]
    assert (told["field"], told["code"]) == ("phone", "number_not_theirs")


def test_null_clears_what_may_be_empty_and_nothing_else(api, world) -> None:
    assert (
        api.patch(f"patients/{world.sam.id}", {"phone": None, "pcp": None}).get_json()["phone"]
        is None
    )
    problem = check_problem(api.patch(f"patients/{world.sam.id}", {"language": None}), 422)
    assert problem["errors"][0]["field"] == "language"


def test_it_never_lifts_an_opt_out(api, world) -> None:
    yes = {"given": True, "on": "2026-03-03", "wording": "Our other system says yes."}
    shown = api.patch(f"patients/{world.olga.id}", {"sms_consent": yes}).get_json()
    assert shown["sms_consent"] == "withdrawn"
    (told,) = shown["warnings"]
    assert (told["field"], told["code"]) == ("sms_consent", "opted_out")
    sharing = api.post("patients", MAYA | {"phone": world.phone(world.olga)}).get_json()
    assert sharing["sms_consent"] == "withdrawn"
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Event.kind == "consent.not_lifted")) == 2
    sent = api.post(
        "messages", {"patient_id": str(world.olga.id), "channel": "sms", "body": "Hello"}
    ).get_json()
    assert (sent["status"], sent["reason"]) == ("withheld", "opted_out")


def test_a_no_withdraws_and_cancels_what_is_queued(api, world, clock) -> None:
    queued = api.post("messages", {"patient_id": str(world.sam.id), "channel": "sms", "body": "Hi",
                                   "send_after": "2026-03-04T18:00:00Z"}).get_json()  # fmt: skip
    assert queued["status"] == "queued"
    clock.advance(hours=4)
    no = {"given": False, "on": "2026-03-03", "wording": "Asked us to stop."}
    assert (
        api.patch(f"patients/{world.sam.id}", {"sms_consent": no}).get_json()["sms_consent"]
        == "withdrawn"
    )
    assert api.get(f"messages/{queued['id']}").get_json()["status"] == "cancelled"


def test_a_status_other_than_active_stops_everything_at_once(api, world, clock) -> None:
    with transaction():
        patient = db.session.get_one(Patient, (world.practice.id, world.sam.id))
        tasks.create(patient, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
    for channel in ("sms", "portal"):
        api.post("messages", {"patient_id": str(world.sam.id), "channel": channel, "body": "Hi",
                              "send_after": "2026-03-04T18:00:00Z"})  # fmt: skip
    shown = api.patch(f"patients/{world.sam.id}", {"status": "deceased"}).get_json()
    assert (shown["status"], shown["status_since"]) == ("deceased", "2026-03-03")
    assert "queued" not in {each["status"] for each in api.get("messages").get_json()["items"]}
    db.session.expire_all()
    task = db.session.scalars(select(Task).where(Task.patient_id == world.sam.id)).one()
    assert (task.next_step_at, task.needs) == (None, "lead_decision")
    check_problem(api.patch(f"patients/{world.sam.id}", {"status_since": "2026-03-05"}), 422)


def test_it_writes_down_who_was_seen(api, world) -> None:
    api.get(f"patients/{world.sam.id}")
    seen = db.session.scalars(select(AccessLog)).one()
    assert (seen.viewer_kind, seen.patient_id, seen.through) == ("token", world.sam.id, "api")
    api.get("patients")
    db.session.rollback()
    assert db.session.scalar(select(func.count(AccessLog.id))) == 1 + 6
