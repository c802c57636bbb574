"""Two records of Sam, and merging them through the pages: for the tests of both directions."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.actions import merges, patients
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.user import User
from tests.conftest import Clock
from tests.world import World, look_again

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def lea(sign_in: SignIn, world: World) -> FlaskClient:
    return sign_in(world.lea)


@pytest.fixture
def twin(world: World, clock: Clock) -> Patient:
    """Sam once more, as another system wrote him, with a phone of his own and on another team."""
    with transaction():
        return patients.create(
            world.practice, mrn="0002-H", given_name="Sammy", family_name="Porter",
            phone="+15035550172", birth_date=date(1957, 3, 9), language="en",
            care_team_id=world.other_team.id, by=SYSTEM, at=clock.now,
        )  # fmt: skip


def preview(client: FlaskClient, keep: Patient, gone: Patient) -> str:
    return client.get(f"/patients/{keep.id}/merges/new?other={gone.id}").text


def merge(client: FlaskClient, keep: Patient, gone: Patient) -> Any:
    answer = client.post(f"/patients/{keep.id}/merges", data={"other": gone.id})
    look_again()
    return answer


def undo(client: FlaskClient, keep: Patient) -> Any:
    look_again()
    (row,) = merges.standing(keep.practice_id, keep.id)
    answer = client.delete(f"/patients/{keep.id}/merges/{row.id}")
    look_again()
    return answer


def again(patient: Patient) -> Patient:
    look_again()
    return db.session.get_one(Patient, (patient.practice_id, patient.id))
