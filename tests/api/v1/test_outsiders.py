"""Another practice's token sees nothing of ours, whatever it asks: every operation of the document has its
outsider here."""

from typing import Any

import pytest

from app.actions import referrals, tasks
from app.api.v1.openapi import document
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task, TaskType
from tests.actions.test_seals import write_rows
from tests.api.v1.conftest import Calling, check_problem
from tests.world import World


@pytest.fixture
def ours(world: World, clock, api) -> dict[str, str]:
    """One record of every noun in the cast's practice; the outsiders' own practice has none but Zoe."""
    write_rows(world, clock.now, "a")
    with transaction():
        sam = db.session.get_one(Patient, (world.practice.id, world.sam.id))
        task = tasks.create(sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now)
        referral = referrals.create(sam, reason="Rides", by=SYSTEM, at=clock.now)
    text = {"patient_id": str(world.sam.id), "channel": "sms", "body": "Hello"}
    message = api.post("messages", text).get_json()
    touchpoint = api.get("touchpoints").get_json()["items"][0]
    return {"patients": str(world.sam.id), "tasks": str(task.id), "messages": message["id"],
            "referrals": str(referral.id), "touchpoints": touchpoint["id"]}  # fmt: skip


def bodies(patient_id: str) -> dict[str, dict[str, Any]]:
    return {
        "tasks": {"patient_id": patient_id, "type": "medication_received"},
        "messages": {"patient_id": patient_id, "channel": "sms", "body": "Hello"},
        "referrals": {"patient_id": patient_id, "reason": "Rides"},
    }


def test_an_outsider_reads_none_of_our_records(calling: Calling, world, ours, api) -> None:
    outsider = calling(world.other_practice)
    assert outsider.get("patients").get_json()["items"], "the outsider has a patient of their own"
    for noun, row_id in ours.items():
        assert api.get(f"{noun}/{row_id}").status_code == 200
        check_problem(outsider.get(f"{noun}/{row_id}"), 404)


def test_an_outsiders_lists_hold_none_of_our_records(calling: Calling, world, ours, api) -> None:
    outsider = calling(world.other_practice)
    for noun, row_id in ours.items():
        assert row_id in {item["id"] for item in api.get(noun).get_json()["items"]}
        theirs = outsider.get(f"{noun}?limit=500").get_json()["items"]
        assert [item["id"] for item in theirs] == (
            [str(world.zoe.id)] if noun == "patients" else []
        )


def test_an_outsider_writes_nothing_on_our_patient(calling: Calling, world, ours) -> None:
    outsider = calling(world.other_practice)
    before = [db.session.query(table).count() for table in (Task, Message)]
    for noun, body in bodies(str(world.sam.id)).items():
        check_problem(outsider.post(noun, body), 404)
        assert outsider.post(noun, bodies(str(world.zoe.id))[noun]).status_code in (201, 202)
    check_problem(outsider.patch(f"patients/{world.sam.id}", {"language": "es"}), 404)
    db.session.rollback()
    of_sam = [
        db.session.query(table).filter_by(patient_id=world.sam.id).count()
        for table in (Task, Message)
    ]
    assert of_sam == before
    db.session.refresh(world.sam)
    assert world.sam.language == "en"


def test_an_outsiders_owner_or_mrn_means_nothing_here(api, calling: Calling, world) -> None:
    body = bodies(str(world.sam.id))["tasks"] | {"owner_id": str(world.cara.id)}
    assert check_problem(api.post("tasks", body), 404)["errors"][0]["field"] == "owner_id"
    outsider = calling(world.other_practice)
    same_mrn = {
        "mrn": world.sam.mrn,
        "given_name": "A",
        "family_name": "B",
        "birth_date": "1960-01-01",
    }
    made = outsider.post("patients", same_mrn)
    assert made.status_code == 201
    assert made.get_json()["id"] != str(world.sam.id)


def test_every_operation_wants_a_token(app, world, ours) -> None:
    from tests.api.v1.conftest import Caller

    stranger = Caller(app, None)
    operations = [(method, path) for path, each in document()["paths"].items() for method in each]
    assert len(operations) == 22
    for method, path in operations:
        noun = path.split("/")[3]
        for name in ("patient_id", "task_id", "message_id", "referral_id", "touchpoint_id",
                     "appointment_id", "order_id", "export_id"):  # fmt: skip
            path = path.replace(f"{{{name}}}", ours.get(noun, ours["tasks"]))
        check_problem(stranger.send(method.upper(), path.removeprefix("/api/v1/"), {}), 401)
