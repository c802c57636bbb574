"""The ledger over the API: every row of the practice, read only, without free text."""

from uuid import UUID

from sqlalchemy import select

from app.actions import touchpoints
from app.core.db import db, transaction
from app.models.message import Message
from tests.actions.test_seals import write_rows
from tests.api.v1.conftest import check_problem
from tests.exports.ledgers import seal_all


def test_it_lists_and_reads_the_ledger(api, world, clock) -> None:
    write_rows(world, clock.now, "abc")
    page = api.get("touchpoints?limit=2").get_json()
    rest = api.get(f"touchpoints?after={page['next']}").get_json()
    rows = page["items"] + rest["items"]
    assert len({row["id"] for row in rows}) == 3
    assert {row["patient_id"] for row in rows} == {str(world.sam.id)}
    assert api.get(f"touchpoints/{rows[0]['id']}").get_json() == rows[0]
    assert {row["seal"] for row in rows} == {None}
    assert seal_all(world.practice.id, clock.now) == 3
    sealed = api.get("touchpoints").get_json()["items"]
    assert sorted(row["seal"]["seq"] for row in sealed) == [1, 2, 3]
    assert len({row["seal"]["row_hash"] for row in sealed}) == 3
    assert not {"summary", "text", "body", "note"} & set(rows[0])


def test_it_cannot_be_written(api) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        check_problem(api.send(method, "touchpoints", {}), 405)


def test_it_names_the_tasks_a_row_served(api, world, clock) -> None:
    made = api.post("tasks", {"patient_id": str(world.sam.id), "type": "medication_received"})
    task_id = made.get_json()["id"]
    with transaction():
        asked = db.session.scalars(select(Message).where(Message.task_id == UUID(task_id))).one()
        touchpoints.of_message(asked, at=clock.now)
    write_rows(world, clock.now, "a")
    rows = api.get("touchpoints").get_json()["items"]
    assert {row["activity_type"]: row["task_ids"] for row in rows} == {
        "medication_follow_up": [task_id], "call": [],
    }  # fmt: skip
    assert [api.get(f"touchpoints/{row['id']}").get_json() for row in rows] == rows
