"""T6.10 for everything a practice labels: what is under 42 CFR Part 2 is in no file that leaves without the
patient's agreement — neither the contacts nor the tasks, referrals and people they point to."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import referrals, tasks
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Direction, Message
from app.models.referral import Referral
from app.models.task import Task, TaskType
from app.models.touchpoint import Touchpoint
from tests.conftest import Clock
from tests.exports import ledgers
from tests.exports.ledgers import exporter
from tests.forms import as_sent
from tests.phones import Phones
from tests.web.outsiders.coverages import PLAN
from tests.world import World, look_again

OUT = ("--reason", "Quarterly report", "--basis", "operations")
PAYER = ("--purpose", "payer", "--payer", "Valley Plan", *OUT)
FORMATS = ("jsonl", "csv", "parquet", "fhir")


def label(ana: FlaskClient, task: Task, words: str = "part2", goal: str = "") -> None:
    answer = ana.put(f"/tasks/{task.id}/labels", data={"sensitivity": words, "goal": goal})
    assert answer.status_code == 303


@pytest.fixture
def secret(world: World, clock: Clock, ana: FlaskClient) -> Task:
    """Sam's referral to a clinic under Part 2, with contacts; Rosa's task, which is nobody's secret."""
    for each in (world.sam, world.rosa):
        ana.post(f"/patients/{each.id}/coverages", data=PLAN | {"from_on": "2026-01-01"})
    by = world.viewer(world.ana).actor
    with transaction():
        referrals.create(world.sam, reason="", by=by, at=clock.now, ask_first=False)
        open_one = tasks.create(
            world.rosa, TaskType.MEDICATION_RECEIVED, by=by, at=clock.now, ask_first=False
        )
        task = db.session.scalars(select(Task).where(Task.patient_id == world.sam.id)).one()
    label(ana, task, goal="stay well")
    look_again()
    ledgers.write(world, clock.now, 2, patient=world.sam, task_ids=(task.id,), goal=None)
    ledgers.write(world, clock.now, 1, first=5, patient=world.rosa, task_ids=(open_one.id,))
    return task


def holds(folder: Path, *ids: Any) -> set[str]:
    """Which of the ids stand anywhere in the package's files."""
    text = "".join(path.read_bytes().decode("utf-8", "replace") for path in folder.iterdir())
    return {str(id_) for id_ in ids if str(id_) in text}


def test_a_contact_takes_the_label_and_the_goal_of_its_task(secret: Task) -> None:
    rows = db.session.scalars(select(Touchpoint).where(Touchpoint.patient_id == secret.patient_id))
    assert {(row.sensitivity, row.goal) for row in rows} == {("part2", "stay well")}


@pytest.mark.parametrize("kind", FORMATS)
def test_T6_10_nothing_of_it_leaves_until_they_agree(
    app: Any, ana: FlaskClient, world: World, secret: Task, tmp_path: Path, kind: str
) -> None:
    run = exporter(app)
    referral_id = db.session.scalars(select(Referral.id)).one()
    contacts = db.session.scalars(
        select(Touchpoint.id).where(Touchpoint.patient_id == world.sam.id)
    ).all()
    secrets = (secret.id, referral_id, world.sam.id, *contacts)
    assert run(tmp_path / "a", kind, *PAYER).exit_code == 0
    assert holds(tmp_path / "a", *secrets) == set()
    assert holds(tmp_path / "a", world.rosa.id)
    assert json.loads((tmp_path / "a" / "manifest.json").read_text())["withheld_part_2"] == 2
    page = f"/patients/{world.sam.id}/agreements"
    yes = {"purpose": "part2_sharing", "decision": "given", "how": "desk"}
    assert ana.post(page, data=yes).status_code == 303
    assert run(tmp_path / "b", kind, *PAYER).exit_code == 0
    assert holds(tmp_path / "b", world.sam.id, *contacts) >= {str(world.sam.id)}
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["withheld_part_2"] == 0


def test_T6_10_a_label_given_later_holds_back_contacts_of_before(
    app: Any, ana: FlaskClient, world: World, secret: Task, clock: Clock, tmp_path: Path
) -> None:
    """The row keeps what it was written with; that it is under Part 2 is judged by what is known now. A row
    that takes it back goes with it."""
    rosas = db.session.scalars(select(Task).where(Task.patient_id == world.rosa.id)).one()
    label(ana, rosas)
    hers = select(Touchpoint.id).where(Touchpoint.patient_id == world.rosa.id)
    ledgers.void(db.session.scalars(hers.where(Touchpoint.sensitivity.is_(None))).one(), clock.now)
    assert exporter(app)(tmp_path, "jsonl", *PAYER).exit_code == 0
    assert holds(tmp_path, world.rosa.id, rosas.id) == set()


def test_T6_10_a_labelled_patient_is_in_no_file(
    app: Any, ana: FlaskClient, world: World, secret: Task, tmp_path: Path
) -> None:
    label(ana, secret, words="")
    edit = f"/patients/{world.sam.id}/edit"
    assert ana.post(edit, data={"sensitivity": "part2"}).status_code == 303
    for kind in ("jsonl", "fhir"):
        folder = tmp_path / kind
        assert exporter(app)(folder, kind, *PAYER).exit_code == 0
        assert holds(folder, world.sam.id, secret.id) == set()


def test_T6_10_a_protocol_labels_each_task_it_opens(
    ana: FlaskClient, lea: FlaskClient, world: World, clock: Clock
) -> None:
    def opened() -> str | None:
        with transaction():
            return tasks.create(
                world.rosa, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now, ask_first=False
            ).sensitivity

    page, before = "/settings/protocols/medication_received", opened()
    form = as_sent(lea.get(f"{page}/edit").text) | {"sensitivity": "part2", "why": "A clinic's"}
    assert lea.post(f"{page}/edit", data=form | {"sensitivity": "secret"}).status_code == 422
    tried = lea.post(f"{page}/dry-run", data=form, headers={"HX-Request": "true"})
    assert tried.status_code == 200
    assert opened() is None
    assert lea.post(f"{page}/edit", data=form | {"do": "save"}).status_code == 303
    look_again()
    assert (before, opened()) == (None, "part2")
    told = ana.get(f"{page}/versions/2").text
    assert "handled with care: Substance use treatment" in told


def test_T6_10_a_marked_message_stays_here_outside_any_task(
    app: Any, ana: FlaskClient, world: World, clock: Clock, tmp_path: Path
) -> None:
    ana.post(f"/patients/{world.sam.id}/coverages", data=PLAN | {"from_on": "2026-01-01"})
    phones = Phones(world, clock)
    for words in ("The clinic was kind", "I can walk again"):
        phones.text(world.sam, words)
    first, second = db.session.scalars(
        select(Message)
        .where(Message.patient_id == world.sam.id, Message.direction == Direction.INBOUND)
        .order_by(Message.created_at, Message.id)
    ).all()
    rows = {row.message_id: row.id for row in db.session.scalars(select(Touchpoint))}
    assert "Handle with care" in ana.get(f"/messages/{first.id}/why").text
    page = f"/messages/{first.id}/label"
    assert ana.put(page, data={"sensitivity": "odd"}).status_code == 422
    assert ana.put(page, data={"sensitivity": "part2"}).status_code == 303
    assert "42 CFR Part 2" in ana.get(f"/inbox/{first.conversation_id}").text
    for kind in ("jsonl", "fhir"):
        folder = tmp_path / kind
        assert exporter(app)(folder, kind, *PAYER).exit_code == 0
        both = (rows[first.id], rows[second.id])
        assert holds(folder, *both) == {str(rows[second.id])}
        assert json.loads((folder / "manifest.json").read_text())["withheld_part_2"] == 1
    assert ana.put(page, data={"sensitivity": ""}).status_code == 303
    assert exporter(app)(tmp_path / "c", "jsonl", *PAYER).exit_code == 0
    assert holds(tmp_path / "c", rows[first.id]) == {str(rows[first.id])}
