"""The staff page: inviting, changing, a link for a new password, keeping somebody out with their work
handed over, and nothing of it for whoever is no admin of this practice."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import conversations, on_call, tasks, users
from app.actions.touchpoint_context import staff_context
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.staff_link import StaffLink
from app.models.task import Task, TaskType
from app.models.touchpoint import ActorKind
from app.models.user import Role, SignIn, User
from tests.conftest import Clock
from tests.statements import reads
from tests.world import PASSWORD, Casting, World, look_again

SignInAs = Callable[[User], FlaskClient]
FORM = {"email": "ida@example.org", "name": "Ida Ivers", "role": "navigator", "languages": "es"}
NPI = "1234567893"


@pytest.fixture
def adam(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.adam)


@pytest.fixture
def cole(sign_in: SignInAs, world: World) -> FlaskClient:
    """An admin of the other practice."""
    with transaction():
        other = Casting(world.other_practice, db_now()).user("Cole Carter", Role.ADMIN)
    return sign_in(other)


def user(name: str) -> User:
    look_again()
    return db.session.scalars(select(User).where(User.name == name)).one()


def facts(kind: str) -> list[dict[str, object]]:
    look_again()
    rows = select(Event.facts).where(Event.kind == kind).order_by(Event.at, Event.id)
    return list(db.session.scalars(rows))


def edit(person: User, **changes: str) -> dict[str, str]:
    return {"name": person.name, "role": person.role.value, "languages": "en"} | changes


def test_it_shows_the_list_to_everybody_and_the_rest_to_admins(
    adam: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    theirs = adam.get("/settings/staff").text
    assert "ana@harbor.example.org" in theirs
    assert "signed in" in theirs
    mine = sign_in(world.lea).get("/settings/staff").text
    assert "Ana Alvarez" in mine
    assert "ana@harbor.example.org" not in mine
    assert "Invite somebody" not in mine


def test_it_is_closed_to_another_practices_admin(cole: FlaskClient, world: World) -> None:
    assert "Ana Alvarez" not in cole.get("/settings/staff").text
    base = f"/settings/staff/{world.ana.id}"
    for answer in (
        cole.get(base), cole.post(base, data=edit(world.ana)), cole.post(f"{base}/link"),
        cole.delete(f"{base}/link"), cole.get(f"{base}/leaving"), cole.post(f"{base}/leaving"),
        cole.delete(f"{base}/leaving"),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert user("Ana Alvarez").is_active


def test_it_lists_any_number_of_people_with_the_same_statements(
    adam: FlaskClient, world: World
) -> None:
    with reads() as few:
        adam.get("/settings/staff")
    with transaction():
        cast = Casting(world.practice, db_now())
        for name in ("Iris One", "Jo Two", "Kay Three"):
            cast.user(name, Role.NAVIGATOR, world.team)
    with reads() as many:
        assert "Kay Three" in adam.get("/settings/staff").text
    assert len(many) == len(few)


def test_it_gives_a_link_to_hand_over_where_no_email_is_sent(adam: FlaskClient) -> None:
    answer = adam.post("/settings/staff", data=FORM)
    assert answer.status_code == 201
    assert "http://localhost:8000/join/" in answer.text
    ida = user("Ida Ivers")
    assert (ida.is_invited, ida.is_active, ida.languages) == (True, False, ["es"])
    assert "/join/" not in adam.get("/settings/staff").text  # shown only once
    assert facts("user.invited") == [{"email": "ida@example.org", "role": "navigator"}]
    again = adam.post("/settings/staff", data=FORM)
    assert again.status_code == 422
    assert "on the list already" in again.text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("email", "nobody", "not an e-mail address"),
        ("npi", "1234567890", "This is no NPI"),
        ("role", "owner", "Choose a role"),
        ("languages", "", "Choose at least one language"),
        ("supervisor_id", "x", "Choose somebody who works here"),
    ],
)
def test_it_says_what_it_cannot_use(adam: FlaskClient, field: str, value: str, words: str) -> None:
    answer = adam.post("/settings/staff", data=FORM | {field: value})
    assert answer.status_code == 422
    assert words in answer.text
    look_again()
    assert db.session.scalar(select(SignIn).where(SignIn.email == "ida@example.org")) is None


def test_it_keeps_what_stood_before_a_change(adam: FlaskClient, world: World) -> None:
    changes = {"npi": NPI, "credential": "RN", "supervisor_id": str(world.lea.id), "teams": ""}
    answer = adam.post(f"/settings/staff/{world.ana.id}", data=edit(world.ana, **changes))
    assert answer.status_code == 303
    ana = user("Ana Alvarez")
    assert (ana.npi, ana.credential, ana.supervisor_id) == (NPI, "RN", world.lea.id)
    (said,) = facts("user.changed")
    assert said["before"] == {"npi": None, "credential": None, "supervisor_id": None}
    assert said["after"] == {"npi": NPI, "credential": "RN", "supervisor_id": str(world.lea.id)}
    assert facts("user.left_team") == [{"care_team_id": str(world.team.id)}]
    circle = {"supervisor_id": str(world.ana.id)}
    answer = adam.post(f"/settings/staff/{world.lea.id}", data=edit(world.lea, **circle))
    assert "not in a circle" in answer.text


def test_it_prints_people_in_the_ledger_as_they_were_when_they_worked(
    sign_in: SignInAs, world: World, clock: Clock
) -> None:
    before = clock.now
    clock.advance(days=1)
    adam = sign_in(world.adam)
    people = {"npi": NPI, "credential": "RN", "supervisor_id": str(world.lea.id), "name": "Ana Ode"}
    adam.post(f"/settings/staff/{world.ana.id}", data=edit(world.ana, **people))
    look_again()
    args = (world.practice.id, world.ana.id, ActorKind.HUMAN)
    now, then = staff_context(*args, at=clock.now), staff_context(*args, at=before)
    assert (now.name, now.npi, now.credential, now.supervisor_id) == (
        "Ana Ode", NPI, "RN", world.lea.id,
    )  # fmt: skip
    assert (then.name, then.npi, then.credential, then.supervisor_id) == (
        "Ana Alvarez", None, None, None,
    )  # fmt: skip


def test_it_keeps_the_last_admin(adam: FlaskClient, world: World) -> None:
    me = f"/settings/staff/{world.adam.id}"
    for answer in (
        adam.post(me, data=edit(world.adam, role="lead")),
        adam.post(f"{me}/leaving"),
    ):
        assert answer.status_code == 422
        assert "is the last admin" in answer.text
    assert user("Adam Ode").role is Role.ADMIN
    with transaction():
        Casting(world.practice, db_now()).user("Eve Ennis", Role.ADMIN)
    assert adam.post(me, data=edit(world.adam, role="lead")).status_code == 303
    assert user("Adam Ode").role is Role.LEAD
    assert adam.get("/settings/staff/new").status_code == 403  # at once


def test_it_hands_everything_over_in_the_same_step(
    adam: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    ana = sign_in(world.ana)
    with transaction():
        mine = db.session.get_one(User, (world.practice.id, world.ana.id))
        opened = [
            tasks.create(each, TaskType.MEDICATION_RECEIVED, by=SYSTEM, at=db_now(), owner_id=mine.id)
            for each in (world.rosa, world.tom)
        ]  # fmt: skip
        thread = conversations.thread_of(world.rosa, at=db_now())
        conversations.assign(thread, mine, by=SYSTEM, at=db_now())
        on_call.name(world.practice, mine, by=SYSTEM, at=db_now())
        users.join_team(mine, world.other_team, by=SYSTEM, at=db_now())
    ids = [task.id for task in opened]
    assert ana.post("/timers", data={"task_id": str(ids[0])}).status_code < 400
    base = f"/settings/staff/{world.ana.id}/leaving"
    page = " ".join(adam.get(f"{base}?to_id={world.ben.id}").text.split())
    assert 'Ben Brooks</strong> <span class="text-secondary">1 open task' in page  # Tom's
    assert "Harbor team: the pool</strong>" in page
    assert "Ben Brooks is on call" in page
    answer = adam.post(base, data={"to_id": str(world.ben.id)}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    look_again()
    owners = {task.id: task.owner_id for task in db.session.scalars(select(Task))}
    assert owners == {ids[0]: None, ids[1]: world.ben.id}
    assert ana.get("/inbox").status_code == 303  # to the sign-in page
    (said,) = facts("user.disabled")
    assert said == {"tasks": 2, "threads": 1, "to": str(world.ben.id)}
    assert (len(facts("timer.started")), len(facts("timer.stopped"))) == (1, 1)


def test_it_lets_somebody_in_again(adam: FlaskClient, client: FlaskClient, world: World) -> None:
    base = f"/settings/staff/{world.ana.id}/leaving"
    adam.post(base)
    door = {"email": "ana@harbor.example.org", "password": PASSWORD}
    assert client.post("/sign-in", data=door).status_code == 422
    assert "No longer here" in adam.get("/settings/staff").text
    adam.delete(base, headers={"HX-Request": "true"})
    assert client.post("/sign-in", data=door).status_code == 303
    assert len(facts("user.enabled")) == 1


def test_it_leaves_work_to_the_pools_when_somebody_becomes_an_analyst(
    adam: FlaskClient, world: World
) -> None:
    with transaction():
        task = tasks.create(
            world.rosa, TaskType.NO_SHOW, by=SYSTEM, at=db_now(), owner_id=world.ana.id
        )
    adam.post(f"/settings/staff/{world.ana.id}", data=edit(world.ana, role="analyst"))
    look_again()
    assert db.session.get_one(Task, (world.practice.id, task.id)).owner_id is None


def test_it_refuses_to_hand_work_to_somebody_of_another_practice(
    adam: FlaskClient, world: World
) -> None:
    answer = adam.post(
        f"/settings/staff/{world.ana.id}/leaving", data={"to_id": str(world.cara.id)}
    )
    assert answer.status_code == 422
    assert user("Ana Alvarez").is_active


def test_it_ends_a_link_that_is_taken_back_or_made_anew(adam: FlaskClient, world: World) -> None:
    adam.post("/settings/staff", data=FORM)
    ida = user("Ida Ivers")
    first = db.session.scalars(select(StaffLink)).one()
    adam.post(f"/settings/staff/{ida.id}/link")
    look_again()
    assert db.session.get_one(StaffLink, (world.practice.id, first.id)).revoked_at is not None
    adam.delete(f"/settings/staff/{ida.id}/link", headers={"HX-Request": "true"})
    look_again()
    assert not [x for x in db.session.scalars(select(StaffLink)) if x.is_live(at=db_now())]
    assert "the invitation has ended" in adam.get("/settings/staff").text
