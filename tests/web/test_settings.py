"""Settings: who reads and who changes, what stood there before, protocols told in sentences, and tokens
that are shown once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.db import db, transaction
from app.models.event import Event
from app.models.practice import Line, Practice
from app.models.secret import ApiToken
from app.models.user import User
from tests.world import World, look_again

SignInAs = Callable[[User], FlaskClient]
HTMX = {"HX-Request": "true"}
FORM = {
    "name": "Harbor Family Clinic", "time_zone": "America/Los_Angeles", "phone": "(503) 555-0199",
    "quiet_until": "08:00", "quiet_from": "21:00", "cap_day": "1", "cap_week": "3", "closed_on": "",
    "hours-0": "08:00-12:00, 13:00-17:00",
}  # fmt: skip


@pytest.fixture
def lea(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.lea)


def practice(world: World) -> Practice:
    look_again()
    return db.session.get_one(Practice, world.practice.id)


def events(kind: str) -> list[dict[str, Any]]:
    look_again()
    return list(db.session.scalars(select(Event.facts).where(Event.kind == kind)))


def test_it_is_read_by_everyone_and_changed_by_leads(sign_in: SignInAs, world: World) -> None:
    for user in (world.ana, world.anton):
        client = sign_in(user)
        page = client.get("/settings").text
        assert "America/Los_Angeles" in page
        assert "Pause all texts" not in page
        assert client.get("/settings/practice").status_code == 403
        assert client.post("/settings/practice", data=FORM).status_code == 403


def test_it_keeps_what_stood_there_before(lea: FlaskClient, world: World) -> None:
    form = FORM | {"name": "Harbor Clinic", "cap_week": "2", "closed_on": "2026-12-24\n2026-12-31",
                   "shared_phones": "staff"}  # fmt: skip
    assert lea.post("/settings/practice", data=form).status_code == 303
    now = practice(world)
    assert now.name == "Harbor Clinic"
    assert now.hours == {"0": [["08:00", "12:00"], ["13:00", "17:00"]]}
    assert now.closed_on == ["2026-12-24", "2026-12-31"]
    (facts,) = events("practice.changed")
    assert facts["before"]["name"] == "Harbor Family Clinic"
    assert facts["after"]["cap_week"] == 2
    assert (facts["before"]["shared_phones"], facts["after"]["shared_phones"]) == ("ask", "staff")
    assert "phone" not in facts["after"]  # it did not change
    assert lea.post("/settings/practice", data=form).status_code == 303
    assert len(events("practice.changed")) == 1
    assert "Mon 08:00 to 12:00, 13:00 to 17:00" in " ".join(lea.get("/settings").text.split())


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "name is needed"),
        ("time_zone", "Mars/Base", "zone"),
        ("phone", "12", "number"),
        ("hours-1", "8 to 5", "Write Tuesday like"),
        ("hours-1", "25:00-26:00", "Hours are pairs"),
        ("hours-1", "08:00-12:00, 11:00-13:00", "hours of Tuesday begin before"),
        ("hours-6", "22:00-09:00", "hours of Monday begin before"),  # round the week into Monday's
        ("quiet_from", "late", "Write the time"),
        ("cap_day", "many", "whole number"),
        ("cap_day", "99", "from 0 to 10"),
    ],
)
def test_it_says_what_cannot_be_saved(
    lea: FlaskClient, world: World, field: str, value: str, words: str
) -> None:
    answer = lea.post("/settings/practice", data=FORM | {"name": "Changed"} | {field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert practice(world).name == "Harbor Family Clinic"


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ({"quiet_until": "06:00"}, "8:00 or later"),
        ({"quiet_from": "22:00"}, "21:00 or earlier"),
        ({"quiet_until": "20:00", "quiet_from": "09:00"}, "no hour in which"),
    ],
)
def test_it_keeps_a_real_practice_within_the_law(
    lea: FlaskClient, world: World, hours: dict[str, str], words: str
) -> None:
    assert (
        lea.post("/settings/practice", data=FORM | hours).status_code == 303
    )  # invented: any hour
    with transaction():
        db.session.get_one(Practice, world.practice.id).is_invented = False
    answer = lea.post("/settings/practice", data=FORM | hours)
    assert answer.status_code == 422
    assert words in answer.text


def test_it_pauses_every_text_and_resumes(lea: FlaskClient, world: World) -> None:
    assert lea.delete("/settings/sending", headers=HTMX).status_code == 204
    assert not practice(world).is_sending
    assert "Sending is paused" in lea.get("/inbox").text
    lea.post("/settings/sending")
    assert practice(world).is_sending


def test_it_lists_staff_with_their_teams(lea: FlaskClient) -> None:
    page = lea.get("/settings/staff").text
    assert "Ana Alvarez" in page
    assert "Harbor team" in page
    assert "Cara Cole" not in page


def test_it_tells_protocols_in_sentences(lea: FlaskClient) -> None:
    page = lea.get("/settings/protocols").text
    assert "Due 3 business days after the day it was made." in page
    assert "Due 7 days after the day the referral was received." in page
    assert "At once: a text asks the patient." in page
    assert "telling the referring office closes it" in page


@pytest.mark.parametrize("where", ["nothing.here", "reply.thank_you/fr/check"])
def test_it_knows_no_other_wording(lea: FlaskClient, where: str) -> None:
    url = f"/settings/wording/{where}"
    answer = lea.post(url, data={"body": "x"}) if "check" in where else lea.get(url)
    assert answer.status_code == 404


def test_it_shows_a_new_token_once(sign_in: SignInAs, world: World) -> None:
    adam = sign_in(world.adam)
    made = adam.post(
        "/settings/tokens", data={"name": "EHR", "scope": ["tasks:read", "tasks:write"]}
    )
    assert made.status_code == 201
    text = made.text.partition('value="touchline_')[2].partition('"')[0]
    assert len(text) > 20
    listed = adam.get("/settings/tokens").text
    assert text not in listed
    assert "EHR" in listed
    bearer = {"Authorization": f"Bearer touchline_{text}"}
    assert adam.get("/api/v1/tasks", headers=bearer).status_code == 200
    token = db.session.scalars(select(ApiToken)).one()
    adam.post(f"/settings/tokens/{token.id}/revocation")
    assert adam.get("/api/v1/tasks", headers=bearer).status_code == 401
    assert "Revoked" in adam.get("/settings/tokens").text


def test_it_refuses_a_token_that_may_nothing(sign_in: SignInAs, world: World) -> None:
    answer = sign_in(world.adam).post("/settings/tokens", data={"name": "EHR"})
    assert answer.status_code == 422
    assert "A token needs a scope" in answer.text


def test_it_shows_a_stopped_line_and_tries_it_again(
    lea: FlaskClient, ana: FlaskClient, world: World, clock: Any
) -> None:
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id))
        line.stopped_until, line.stopped_why = clock.now + timedelta(hours=6), "not_registered"
    assert "not registered for texting" in lea.get("/settings").text
    assert "Try again now" not in ana.get("/settings").text
    gone = f"/settings/lines/{world.line.id}/stop"
    assert ana.delete(gone, headers=HTMX).status_code == 403
    assert lea.delete(gone, headers=HTMX).status_code == 204
    assert "not registered for texting" not in lea.get("/settings").text


def test_it_names_who_is_on_call(lea: FlaskClient, sign_in: SignInAs, world: World) -> None:
    assert "Nobody named" in lea.get("/settings").text
    assert "Anton Ferro" not in lea.get("/settings/practice").text  # an analyst sees no patient
    chosen = FORM | {"on_call": str(world.ana.id)}
    assert lea.post("/settings/practice", data=chosen).status_code == 303
    assert "Ana Alvarez, gets messages with urgent words" in lea.get("/settings").text
    assert f'value="{world.ana.id}" selected' in lea.get("/settings/practice").text
    for stranger in (world.cara.id, "nobody"):
        answer = lea.post("/settings/practice", data=FORM | {"on_call": str(stranger)})
        assert answer.status_code == 404
    assert lea.post("/settings/practice", data=FORM).status_code == 303  # says nothing about it
    assert "Ana Alvarez, gets" in lea.get("/settings").text
    assert lea.post("/settings/practice", data=FORM | {"on_call": ""}).status_code == 303
    assert "Nobody named" in lea.get("/settings").text
