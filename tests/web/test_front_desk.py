"""The front desk: every patient's record, consent and coverage, and nothing of anybody's care. Whatever route
is added stays shut to it until it is named here."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import access
from app.actions import on_call, tasks, users
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.core.ids import new_id
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.task import TaskType
from app.models.user import Role, User
from app.queries.board_choices import owners
from app.web.places import PLACES
from tests.phones import Phones
from tests.web.outsider_cases import Case
from tests.web.outsiders import CASES, RECORDS
from tests.web.test_outsiders import methods_of
from tests.world import Casting, World, look_again

SignInAs = Callable[[User], FlaskClient]
#: What the front desk may open; of the rest, nothing.
OPEN = {
    "board.page",  # sends them on to the patients
    "patients.index", "patients.page", "patients.new", "patients.create", "patients.edit", "patients.update",
    "patient_records.consent", "patient_records.status", "patient_records.end_phone",
    "patient_records.restore_phone",
    "related_people.index", "related_people.new", "related_people.create", "related_people.edit",
    "related_people.update", "related_people.end", "related_people.take_back_end", "related_people.agree",
    "coverages.index", "coverages.new", "coverages.create", "coverages.edit", "coverages.update",
    "coverages.end", "coverages.take_back_end", "coverages.uncovered", "coverages.uncovered_file",
    "contact_preferences.edit", "contact_preferences.update", "numbers.consent_form",
    "settings.page", "settings.protocol_pages", "staff.index",
    "protocol_settings.versions", "protocol_settings.version",
    "wording.index", "wording.page", "wording.check", "wording_languages.page",
    "help.index", "help.meaning", "help.page", "help.paper",
    "closed_days.page", "topics.index", "palette.options", "search.page",
}  # fmt: skip
#: Route arguments that are words, not ids.
TEXTS = {"name": "it", "key": "reply.ride", "tag": "uk", "version": "1", "step": "hours"}


@pytest.fixture
def finn(world: World) -> User:
    with transaction():
        return Casting(world.practice, db_now()).user("Finn Falk", Role.FRONT_DESK)


@pytest.fixture
def desk(sign_in: SignInAs, finn: User) -> FlaskClient:
    return sign_in(finn)


def knocks(app: Flask, desk: FlaskClient, endpoint: str, args: dict[str, object]) -> set[int]:
    with app.test_request_context():
        url = app.url_for(endpoint, **args)
    return {
        desk.open(url, method=each, buffered=True).status_code for each in methods_of(app, endpoint)
    }


def guarded() -> dict[str, Case]:
    return {
        name: case for name, case in CASES.items() if case.guard in ("staff", "record", "roles")
    }


def test_it_shuts_every_route_that_is_not_named_here(
    app: Flask, desk: FlaskClient, world: World
) -> None:
    """Asked with ids nobody has: the role is refused before anything is looked up."""
    assert guarded().keys() >= OPEN
    wrong = {}
    shut = {name: case for name, case in guarded().items() if name not in OPEN | {"sign_in.move"}}
    for endpoint, case in shut.items():
        args = {name: new_id() if value in RECORDS else value for name, value in case.args.items()}
        args |= {name: TEXTS[name] for name in args.keys() & TEXTS.keys()}
        if (answers := knocks(app, desk, endpoint, args)) != {403}:
            wrong[endpoint] = answers
    assert wrong == {}


def test_it_opens_what_is_named_here(app: Flask, desk: FlaskClient, world: World) -> None:
    made: dict[str, object] = {}
    for endpoint in sorted(OPEN):
        args = CASES[endpoint].args
        for name in set(args.values()) & RECORDS.keys() - made.keys():
            made[name] = RECORDS[name](world)
        chosen = {name: made.get(value, value) for name, value in args.items()}
        assert not knocks(app, desk, endpoint, chosen) & {401, 403, 404, 500}, endpoint


def test_it_sees_every_record_and_nothing_of_the_care(
    desk: FlaskClient, world: World, finn: User, phones: Phones
) -> None:
    with transaction():
        tasks.create(world.rosa, TaskType.NO_SHOW, by=SYSTEM, at=db_now())
    phones.text(world.rosa, "My private words")
    for patient in (world.rosa, world.tom):  # of both teams
        page = desk.get(f"/patients/{patient.id}").text
        assert patient.name in page
        assert "Consent to texts" in page
        assert 'value="entered_in_error"' not in page  # nobody may say it
        for hidden in ("My private words", "Story", "Open tasks", "Message<", "/inbox"):
            assert hidden not in page
    viewer = world.viewer(finn)
    for nothing in (
        access.visible_tasks(viewer), access.visible_messages(viewer),
        access.visible_conversations(viewer), access.visible_events(viewer),
        access.visible_touchpoints(viewer), access.visible_referrals(viewer),
    ):  # fmt: skip
        assert db.session.scalars(nothing).first() is None
    assert desk.get("/").headers["Location"] == "/patients"


def test_it_neither_sees_nor_changes_the_label_of_what_is_handled_with_care(
    desk: FlaskClient, sign_in: SignInAs, world: World
) -> None:
    edit = f"/patients/{world.sam.id}/edit"
    ana = sign_in(world.ana)
    assert "Handle with care" in ana.get(edit).text
    assert ana.post(edit, data={"sensitivity": "part2"}).status_code == 303
    for path in (f"/patients/{world.sam.id}", edit, "/patients/new"):
        page = desk.get(path).text
        for hidden in ("With care", "Handle with care", "42 CFR", "part2"):
            assert hidden not in page
    answer = desk.post(edit, data={"sensitivity": "", "given_name": "Samuel"})
    assert answer.status_code == 303
    look_again()
    sam = db.session.get_one(Patient, (world.practice.id, world.sam.id))
    assert (sam.given_name, sam.sensitivity) == ("Samuel", "part2")


def test_it_is_offered_just_the_places_it_may_open(
    desk: FlaskClient, world: World, finn: User
) -> None:
    for place in PLACES:
        status = desk.get(place.href).status_code
        assert (status == 200) == place.may(world.viewer(finn)), f"{place.name}: {status}"


def test_it_owns_no_work(desk: FlaskClient, world: World, finn: User) -> None:
    assert finn.id not in {user.id for user in owners(world.viewer(world.lea))}
    with pytest.raises(Invalid), transaction():
        on_call.name(world.practice, db.session.merge(finn), by=SYSTEM, at=db_now())


def test_it_hides_another_practices_patients(sign_in: SignInAs, world: World) -> None:
    with transaction():
        other = Casting(world.other_practice, db_now()).user("Gil Grant", Role.FRONT_DESK)
    client = sign_in(other)
    assert client.get(f"/patients/{world.zoe.id}").status_code == 200
    assert client.get(f"/patients/{world.rosa.id}").status_code == 404
    assert "Rosa" not in client.get("/patients?all=1").text


def test_it_leaves_work_to_the_pools_when_somebody_goes_to_the_desk(
    sign_in: SignInAs, world: World
) -> None:
    with transaction():
        task = tasks.create(
            world.rosa, TaskType.NO_SHOW, by=SYSTEM, at=db_now(), owner_id=world.ana.id
        )
        users.find(world.practice, "ana@harbor.example.org")
    form = {"name": "Ana Alvarez", "role": "front_desk", "languages": "en"}
    answer = sign_in(world.adam).post(f"/settings/staff/{world.ana.id}", data=form)
    assert answer.status_code == 303
    db.session.expire_all()
    assert task.owner_id is None
