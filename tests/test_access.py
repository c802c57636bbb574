"""The one door: what each kind of viewer sees, with an outsider beside every insider, and what the access
log keeps of it."""

from datetime import date

import pytest
from sqlalchemy import select

from app import access
from app.actions import conversations, patients, task_creation
from app.core.db import db, transaction
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.models.contact_point import PhoneNumber
from app.models.event import SYSTEM, AccessLog
from app.models.patient import Patient
from app.models.task import TaskType
from app.models.user import Role
from app.models.viewer import Viewer
from tests.world import World


@pytest.fixture
def unassigned(world: World, clock) -> Patient:
    with transaction():
        return patients.create(
            world.practice, mrn="H-9", given_name="Una", family_name="Signed",
            birth_date=date(1960, 1, 1), by=SYSTEM, at=clock.now,
        )  # fmt: skip


def seen_by(viewer: Viewer) -> set[str]:
    return {patient.given_name for patient in db.session.scalars(access.visible_patients(viewer))}


def test_it_shows_navigators_their_teams_and_nobodys_patients(
    world: World, unassigned: Patient
) -> None:
    assert world.ben.practice_id == world.ana.practice_id
    assert seen_by(world.viewer(world.ana)) == {"Rosa", "Sam", "Kim", "Lee", "Olga", "Una"}
    assert seen_by(world.viewer(world.ben)) == {"Tom", "Una"}


def test_it_shows_leads_the_practice_and_analysts_nobody(world: World, unassigned: Patient) -> None:
    everyone = {"Rosa", "Sam", "Kim", "Lee", "Olga", "Tom", "Una"}
    assert seen_by(world.viewer(world.lea)) == seen_by(world.viewer(world.adam)) == everyone
    assert seen_by(world.viewer(world.anton)) == set()
    assert seen_by(world.viewer(world.cara)) == {"Zoe"}


def test_it_shows_a_patient_only_themselves(world: World) -> None:
    assert world.number(world.kim).id == world.number(world.lee).id  # they even share a phone
    me = Viewer(world.practice.id, "patient", world.kim.id, patient_id=world.kim.id)
    assert seen_by(me) == {"Kim"}
    with pytest.raises(NotFound):
        access.patient_for(me, world.lee.id)


@pytest.mark.parametrize("wanted", ["not-an-id", "", "00000000-0000-0000-0000-000000000000"])
def test_it_answers_alike_for_missing_foreign_and_odd_ids(world: World, wanted: str) -> None:
    ana = world.viewer(world.ana)
    told = []
    for row_id in (wanted, world.zoe.id, world.tom.id, new_id()):
        with pytest.raises(NotFound) as caught:
            access.patient_for(ana, row_id)
        told.append(caught.value.person_text)
    assert len(set(told)) == 1


def test_it_keeps_threads_and_tasks_behind_the_same_door(world: World, clock) -> None:
    with transaction():
        thread = conversations.thread_of(world.sam, at=clock.now)
        task = task_creation.create(
            world.sam, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=clock.now, ask_first=False
        )
    ana, ben, cara, anton = (
        world.viewer(u) for u in (world.ana, world.ben, world.cara, world.anton)
    )
    assert access.conversation_for(ana, thread.id).id == thread.id
    assert access.task_for(ana, task.id).id == task.id
    for outsider in (ben, cara, anton):
        with pytest.raises(NotFound):
            access.conversation_for(outsider, thread.id)
        with pytest.raises(NotFound):
            access.task_for(outsider, task.id)


def test_it_shows_intake_to_everyone_who_works_with_patients(world: World, clock) -> None:
    with transaction() as session:
        number = PhoneNumber(
            practice_id=world.practice.id, e164="+15035550188", created_at=clock.now
        )
        session.add(number)
        session.flush()
        intake = conversations.intake_of(number, at=clock.now)
    for insider in (world.ana, world.ben, world.lea):
        assert access.conversation_for(world.viewer(insider), intake.id).id == intake.id
    for outsider in (world.anton, world.cara):
        with pytest.raises(NotFound):
            access.conversation_for(world.viewer(outsider), intake.id)


def test_it_checks_roles_and_scopes(world: World) -> None:
    with pytest.raises(Forbidden):
        world.viewer(world.anton).check_staff()
    with pytest.raises(Forbidden):
        world.viewer(world.ana).check_role(Role.ADMIN)
    token = Viewer(world.practice.id, "token", new_id(), scopes=frozenset({"tasks:read"}))
    token.check_scope("tasks:read")
    with pytest.raises(Forbidden, match="tasks:write"):
        token.check_scope("tasks:write")


def looks(world: World) -> int:
    return len(db.session.scalars(select(AccessLog)).all())


def look(world: World, viewer: Viewer, **how: bool) -> None:
    with transaction():
        access.patient_for(viewer, world.sam.id, through="page")
        access.write_seen(**how)


def test_it_writes_who_saw_whom(world: World, clock) -> None:
    look(world, world.viewer(world.ana))
    row = db.session.scalars(select(AccessLog)).one()
    assert (row.viewer_id, row.patient_id, row.through) == (world.ana.id, world.sam.id, "page")


def test_it_counts_a_page_left_open_as_one_look(world: World, clock) -> None:
    ana, lea = world.viewer(world.ana), world.viewer(world.lea)
    look(world, ana)
    for _ in range(3):
        clock.advance(seconds=30)
        look(world, ana, page_asked_by_itself=True)
    assert looks(world) == 1
    look(world, ana)  # a person's own look always counts
    look(world, lea, page_asked_by_itself=True)  # and so does another viewer's
    clock.advance(minutes=11)
    look(world, ana, page_asked_by_itself=True)
    assert looks(world) == 4
