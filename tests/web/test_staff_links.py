"""Joining by a one-time link and choosing a new password: once, for a while, and never for somebody's
sign-in in another practice."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.mail import Mail, MailStatus
from app.models.staff_link import StaffLink
from app.models.user import Role, SignIn, User
from app.web import staff_links as web
from tests.conftest import Clock
from tests.mail.stand_in import MailStandIn
from tests.world import PASSWORD, Casting, World, look_again
from workers import mail as sweep

SignInAs = Callable[[User], FlaskClient]
FORM = {"email": "ida@example.org", "name": "Ida Ivers", "role": "navigator", "languages": "es"}
NEW = {"name": "Ida Irene Ivers", "password": "a quiet green boat", "again": "a quiet green boat"}


@pytest.fixture
def adam(sign_in: SignInAs, world: World) -> FlaskClient:
    return sign_in(world.adam)


def link_in(text: str) -> str:
    found = re.search(r"http://localhost:8000(/join/[\w-]+)", text)
    assert found, text
    return found[1]


def invited(adam: FlaskClient, **changes: str) -> str:
    return link_in(adam.post("/settings/staff", data=FORM | changes).text)


def reset(adam: FlaskClient, person: User) -> str:
    return link_in(adam.post(f"/settings/staff/{person.id}/link").text)


def test_it_joins_by_the_link_once(adam: FlaskClient, client: FlaskClient, world: World) -> None:
    link = invited(adam)
    page = client.get(link)
    assert page.status_code == 200
    assert "Join Harbor Family Clinic" in page.text
    assert client.get(link).status_code == 200  # looking spends nothing
    assert client.post(link, data=NEW).status_code == 303
    assert "Ida Irene Ivers" in client.get("/").text  # signed in
    look_again()
    ida = db.session.scalars(select(User).where(User.name == NEW["name"])).one()
    assert (ida.is_active, ida.is_invited) == (True, False)
    assert client.get(link).status_code == 410
    other = NEW | {"password": "another one", "again": "another one"}
    assert client.post(link, data=other).status_code == 410
    client.post("/sign-out")
    door = {"email": FORM["email"], "password": NEW["password"]}
    assert client.post("/sign-in", data=door).status_code == 303


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"again": "a quiet green goat"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "8 to 256 characters"),
        ({"name": " "}, "A name is needed"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_the_link(
    adam: FlaskClient, client: FlaskClient, change: dict[str, str], words: str
) -> None:
    link = invited(adam)
    answer = client.post(link, data=NEW | change)
    assert answer.status_code == 422
    assert words in answer.text
    assert client.post(link, data=NEW).status_code == 303


def test_it_lets_nobody_sign_in_who_only_is_invited(adam: FlaskClient, client: FlaskClient) -> None:
    invited(adam)
    for password in ("", PASSWORD):
        door = {"email": FORM["email"], "password": password}
        assert client.post("/sign-in", data=door).status_code == 422


def test_it_ends_after_a_week(adam: FlaskClient, client: FlaskClient, clock: Clock) -> None:
    link = invited(adam)
    clock.advance(days=7)
    assert client.get(link).status_code == 410
    assert client.post(link, data=NEW).status_code == 410


def test_it_says_the_same_of_a_link_nobody_made(client: FlaskClient, world: World) -> None:
    assert client.get("/join/abc").status_code == 410


def test_it_resets_a_password_and_ends_open_sessions(
    adam: FlaskClient, client: FlaskClient, sign_in: SignInAs, world: World, clock: Clock
) -> None:
    stale = reset(adam, world.ana)
    clock.advance(hours=24)
    assert client.get(stale).status_code == 410
    link = reset(sign_in(world.adam), world.ana)
    ana = sign_in(world.ana)
    assert ana.get("/inbox").status_code == 200  # the link alone changes nothing
    assert client.post(link, data=NEW).status_code == 303
    assert ana.get("/inbox").status_code == 303
    assert client.get("/inbox").status_code == 200
    other = {"email": "ana@harbor.example.org", "password": PASSWORD}
    client.post("/sign-out")
    assert client.post("/sign-in", data=other).status_code == 422
    assert client.post("/sign-in", data=other | {"password": NEW["password"]}).status_code == 303


def test_it_never_sets_a_password_another_practice_knows(
    adam: FlaskClient, client: FlaskClient, world: World
) -> None:
    link = invited(adam, email="cara@other.example.org")
    assert "use the password you have there" in client.get(link).text
    before = db.session.scalars(
        select(SignIn.password_hash).where(SignIn.email == "cara@other.example.org")
    ).one()
    assert client.post(link, data=NEW).status_code == 422  # not hers
    assert client.post(link, data={"name": "Cara Cole", "password": PASSWORD}).status_code == 303
    page = client.get("/").text
    assert "Harbor Family Clinic" in page
    assert "Go to Other Street Clinic" in page
    look_again()
    both = db.session.scalars(
        select(User).join(SignIn, SignIn.id == User.sign_in_id).where(SignIn.email.like("cara@%"))
    ).all()
    assert {each.practice_id for each in both} == {world.practice.id, world.other_practice.id}
    assert (
        db.session.scalar(select(SignIn.password_hash).where(SignIn.email.like("cara@%"))) == before
    )
    here = next(each for each in both if each.practice_id == world.practice.id)
    refused = adam.post(f"/settings/staff/{here.id}/link")
    assert refused.status_code == 409
    assert "/join/" not in refused.text


def invited_elsewhere(sign_in: SignInAs, world: World, email: str) -> str:
    """Another practice's link for the same person."""
    with transaction():
        olga = Casting(world.other_practice, db_now()).user("Olga Orr", Role.ADMIN)
    return invited(sign_in(olga), email=email)


def hash_of(email: str) -> str:
    look_again()
    return db.session.scalars(select(SignIn.password_hash).where(SignIn.email == email)).one()


def test_a_link_an_admin_saw_sets_no_password_once_the_person_works_elsewhere(
    adam: FlaskClient, client: FlaskClient, app: Flask, sign_in: SignInAs, world: World
) -> None:
    kept_by_adam = reset(adam, world.ana)
    email = "ana@harbor.example.org"
    there = invited_elsewhere(sign_in, world, email)
    mine = {"name": "Ana Alvarez", "password": PASSWORD}
    assert app.test_client().post(there, data=mine).status_code == 303
    before = hash_of(email)
    assert client.post(kept_by_adam, data=NEW).status_code == 410
    assert hash_of(email) == before
    assert client.get("/inbox").status_code == 303  # nobody is signed in by it


def test_an_invitation_sets_no_password_that_was_chosen_elsewhere_meanwhile(
    adam: FlaskClient, client: FlaskClient, app: Flask, sign_in: SignInAs, world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Chosen in the other practice while this form was being read."""
    here, there = invited(adam), invited_elsewhere(sign_in, world, FORM["email"])
    read = web.password

    def overtaken(link: StaffLink) -> str | None:
        monkeypatch.setattr(web, "password", read)
        typed = read(link)
        theirs = NEW | {"password": "a loud red train", "again": "a loud red train"}
        assert app.test_client().post(there, data=theirs).status_code == 303
        return typed

    monkeypatch.setattr(web, "password", overtaken)
    answer = client.post(here, data=NEW)
    assert answer.status_code == 422
    assert "has a password by now" in answer.text
    proven = {"name": "Ida Ivers", "password": "a loud red train"}
    assert client.post(here, data=proven).status_code == 303


@pytest.fixture
def server(make_app: Callable[..., Flask]) -> Iterator[tuple[Flask, MailStandIn]]:
    with MailStandIn() as running:
        made = make_app(smtp_url=running.url, mail_from="clinic@example.org")
        made.config["WTF_CSRF_ENABLED"] = False
        with made.app_context():
            yield made, running


def test_it_sends_the_link_by_email_and_shows_it_to_nobody(
    server: tuple[Flask, MailStandIn], world: World
) -> None:
    app, inbox = server
    admin, anybody = app.test_client(), app.test_client()
    admin.post("/sign-in", data={"email": "adam@harbor.example.org", "password": PASSWORD})
    answer = admin.post("/settings/staff", data=FORM)
    assert answer.status_code == 303
    assert "/join/" not in answer.text
    look_again()
    with app.app_context():
        assert (sweep.send_due(), sweep.send_due()) == (1, 0)
    (taken,) = inbox.taken
    assert taken.to == ["ida@example.org"]
    assert anybody.post(link_in(taken.text), data=NEW).status_code == 303
    ida = db.session.scalars(select(User).where(User.name == NEW["name"])).one()
    admin.post(f"/settings/staff/{ida.id}/link")
    admin.delete(f"/settings/staff/{ida.id}/link")
    with app.app_context():
        assert sweep.send_due() == 0  # taken back before it left
    look_again()
    statuses = set(db.session.scalars(select(Mail.status)))
    assert statuses == {MailStatus.SENT, MailStatus.CANCELLED}
