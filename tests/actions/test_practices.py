"""Setting up practices, lines, teams and users."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions import practices, users
from app.core.db import db, transaction
from app.core.errors import Conflict, Forbidden, Invalid
from app.models.event import SYSTEM, Actor, Event
from app.models.practice import Line, LineDirectory, Practice
from app.models.protocol import Protocol
from app.models.task import TaskType
from app.models.user import Role, SignIn
from app.queries import lines
from tests.conftest import TWILIO_SID, Clock
from tests.world import World

SID = "AC" + "1" * 32


def make(
    at: datetime, slug: str = "bay", line: str = "+14155550110", **details: object
) -> Practice:
    with transaction():
        return practices.create(
            "Bay Clinic",
            slug,
            "America/Los_Angeles",
            line,
            by=SYSTEM,
            at=at,
            **details,  # type: ignore[arg-type]
        )


def test_it_sets_up_a_practice_with_a_line_and_a_protocol_for_every_task_type(
    app: Flask, clock: Clock
) -> None:
    practice = make(clock.now, phone="(415) 555-0111")
    protocols = db.session.scalars(
        select(Protocol).where(Protocol.practice_id == practice.id)
    ).all()
    assert {row.task_type for row in protocols} == set(TaskType)
    assert all(row.is_current for row in protocols)
    assert practice.phone == "+14155550111"
    assert practice.hours == {}
    kinds = db.session.scalars(select(Event.kind).where(Event.practice_id == practice.id)).all()
    assert {"practice.created", "line.added"} <= set(kinds)


def test_it_finds_the_line_by_account_and_number(app: Flask, clock: Clock) -> None:
    practice = make(clock.now, line_details={"account_sid": SID, "auth_token": "a token"})
    line = db.session.scalars(select(Line).where(Line.practice_id == practice.id)).one()
    found = db.session.get(LineDirectory, (SID, line.number))
    assert found is not None
    assert found.line_id == line.id
    assert db.session.get(LineDirectory, ("", line.number)) is None


def test_it_installs_protocols_once(app: Flask, clock: Clock) -> None:
    practice = make(clock.now)
    with transaction():
        assert practices.install_protocols(practice, at=clock.now) == []
    count = select(func.count()).select_from(Protocol).where(Protocol.practice_id == practice.id)
    assert db.session.scalar(count) == len(TaskType)


def test_it_installs_a_newer_version_beside_the_old_one(app: Flask, clock: Clock) -> None:
    practice = make(clock.now)
    with transaction():
        old = db.session.scalars(
            select(Protocol).where(Protocol.task_type == TaskType.MEDICATION_RECEIVED)
        ).one()
        old.version = 0
        added = practices.install_protocols(practice, at=clock.now)
    assert [row.task_type for row in added] == [TaskType.MEDICATION_RECEIVED]
    db.session.refresh(old)
    assert not old.is_current


@pytest.mark.parametrize(
    ("slug", "zone", "line", "field"),
    [
        ("Bay Clinic", "America/Los_Angeles", "+14155550110", "slug"),
        ("-bay", "America/Los_Angeles", "+14155550110", "slug"),
        ("bay", "PST", "+14155550110", "time_zone"),
        ("bay", "America/Nowhere", "+14155550110", "time_zone"),
        ("bay", "America/Los_Angeles", "12", "line"),
        ("bay", "America/Los_Angeles", "call me", "line"),
    ],
)
def test_it_refuses_what_cannot_be_a_practice_and_writes_nothing(
    app: Flask, clock: Clock, slug: str, zone: str, line: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused, transaction():
        practices.create("Bay Clinic", slug, zone, line, by=SYSTEM, at=clock.now)
    assert refused.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Practice)) == 0


def test_it_refuses_a_taken_slug_and_a_taken_line(app: Flask, clock: Clock) -> None:
    make(clock.now)
    with pytest.raises(Conflict, match="slug"):
        make(clock.now, line="+14155550112")
    with pytest.raises(Conflict, match="line"):
        make(clock.now, slug="other-bay")
    assert db.session.scalar(select(func.count()).select_from(Practice)) == 1


def test_it_lets_another_account_use_the_same_number(app: Flask, clock: Clock) -> None:
    first = make(clock.now)
    other = make(
        clock.now, slug="other-bay", line_details={"account_sid": SID, "auth_token": "a token"}
    )
    assert lines.find_line(TWILIO_SID, "+14155550110").line.practice_id == first.id  # type: ignore[union-attr]
    assert lines.find_line(SID, "+14155550110").line.practice_id == other.id  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "details",
    [
        {"account_sid": SID},
        {"auth_token": "a token"},
        {"account_sid": "XX1", "auth_token": "a token"},
        {"segments_per_second": 0},
    ],
)
def test_it_refuses_half_an_account_or_no_pace(
    app: Flask, clock: Clock, details: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        make(clock.now, line_details=details)


@pytest.mark.parametrize("hours", [{"7": []}, {"0": [["8", "17"]]}, {"0": [["08:00"]]}])
def test_it_refuses_hours_nobody_can_read(
    app: Flask, clock: Clock, hours: dict[str, list[list[str]]]
) -> None:
    with pytest.raises(Invalid):
        make(clock.now, hours=hours)


def test_it_refuses_a_second_team_of_the_same_name(world: World, clock: Clock) -> None:
    with pytest.raises(Conflict), transaction():
        practices.add_team(world.practice, world.team.name, by=SYSTEM, at=clock.now)


def test_it_gives_a_known_e_mail_a_second_user_and_keeps_the_password(
    world: World, clock: Clock
) -> None:
    before = db.session.get_one(SignIn, world.ana.sign_in_id)
    with transaction():
        second = users.create(
            world.other_practice, before.email.upper(), "Ana Alvarez", Role.CLINICIAN,
            "a password of their own", by=SYSTEM, at=clock.now,
        )  # fmt: skip
    assert second.sign_in_id == world.ana.sign_in_id
    assert db.session.get_one(SignIn, second.sign_in_id).password_hash == before.password_hash


def test_it_refuses_a_second_user_of_one_e_mail_in_a_practice(world: World, clock: Clock) -> None:
    email = db.session.get_one(SignIn, world.ana.sign_in_id).email
    with pytest.raises(Conflict), transaction():
        users.create(
            world.practice, email, "Ana", Role.LEAD, "long enough", by=SYSTEM, at=clock.now
        )


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("nobody", "Nina", "long enough", "email"),
        ("nina@example.org", " ", "long enough", "name"),
        ("nina@example.org", "Nina", "short", "password"),
        ("nina@example.org", "Nina", None, "password"),
        ("nina@example.org", "Nina", "x" * 300, "password"),
    ],
)
def test_it_refuses_a_user_nobody_could_sign_in_as(
    world: World, clock: Clock, email: str, name: str, password: str | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused, transaction():
        users.create(world.practice, email, name, Role.LEAD, password, by=SYSTEM, at=clock.now)
    assert refused.value.field == field


def test_it_joins_a_team_once_and_ends_sessions_on_leaving(world: World, clock: Clock) -> None:
    assert world.viewer(world.ana).team_ids == {world.team.id}
    epoch = world.ana.session_epoch
    with transaction():
        users.join_team(world.ana, world.team, by=SYSTEM, at=clock.now)
        users.leave_team(world.ana, world.team, by=SYSTEM, at=clock.now)
    assert world.viewer(world.ana).team_ids == frozenset()
    assert world.ana.session_epoch == epoch + 1


def test_it_refuses_a_team_of_another_practice(world: World, clock: Clock) -> None:
    with pytest.raises(Invalid), transaction():
        users.join_team(world.cara, world.team, by=SYSTEM, at=clock.now)


def test_it_lets_only_the_owner_change_a_password_that_works_elsewhere(
    world: World, clock: Clock
) -> None:
    email = db.session.get_one(SignIn, world.ana.sign_in_id).email
    with transaction():
        users.create(world.other_practice, email, "Ana", Role.LEAD, None, by=SYSTEM, at=clock.now)
    admin, ana = Actor("user", world.adam.id), Actor("user", world.ana.id)
    with pytest.raises(Forbidden), transaction():
        users.set_password(world.ana, "taken over", by=admin, at=clock.now)
    before = db.session.get_one(SignIn, world.ana.sign_in_id).password_hash
    with transaction():
        users.set_password(world.ana, "my own new one", by=ana, at=clock.now)
    assert db.session.get_one(SignIn, world.ana.sign_in_id).password_hash != before
