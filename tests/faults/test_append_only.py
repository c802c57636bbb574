"""D2: ledger, consent, verdicts and events are written once. Whoever tries to change a row or to take it
away, as the app's own role or as the owner, by SQL or by the ORM, is refused, and every row is as it was."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Table, select, text
from sqlalchemy.exc import DBAPIError

from app.actions import attestations, text_erasures
from app.core.columns import Base
from app.core.db import db, transaction
from app.core.ids import new_id
from app.core.settings import ROOT
from app.models.event import SYSTEM
from app.models.registry import metadata
from app.models.retention import TouchpointStub
from app.models.task import TaskType
from tests.actions.test_touchpoints import write
from tests.conftest import Clock
from tests.databases import KIND
from tests.faults.figures import Figure
from tests.phones import Phones
from tests.world import World, look_again
from workers import sealer

APPEND_ONLY = (
    "touchpoint", "touchpoint_seal", "touchpoint_attestation", "touchpoint_task", "consent", "event",
    "message_verdict", "touchpoint_erasure", "touchpoint_stub",
)  # fmt: skip
#: The trigger speaks, or whoever guards the tables themselves.
REFUSALS = (
    "append-only",
    "must be owner",
    "permission denied",
    "cannot truncate a table referenced",
)


@pytest.fixture
def rows(world: World, clock: Clock) -> None:
    """At least one row in each of them."""
    phones = Phones(world, clock)
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "1")
    row = write(world, clock.now, summary="Talked about the ride.")
    assert row is not None
    sealer.run()
    with transaction():
        attestations.attest(db.session.merge(row), by=world.viewer(world.ana), at=clock.now)
        sam = db.session.merge(world.sam)
        text_erasures.erase(sam, reason="asked in writing", by=SYSTEM, at=clock.now)
        db.session.add(TouchpointStub(  # of a row that went
            practice_id=world.practice.id, touchpoint_id=new_id(), composition=1, commitments={},
            signed={}, purged_at=clock.now,
        ))  # fmt: skip
    look_again()


def classes() -> dict[str, type[Base]]:
    return {mapper.local_table.name: mapper.class_ for mapper in Base.registry.mappers
            if isinstance(mapper.local_table, Table)}  # fmt: skip


def content(name: str) -> list[tuple[object, ...]]:
    look_again()
    table = metadata.tables[name]
    return [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key))]


def is_refused(attempt: Callable[[], object]) -> bool:
    """Whether the database says no. Whatever the attempt did is undone."""
    try:
        with transaction():
            attempt()
            db.session.flush()
    except DBAPIError as error:
        return any(words in str(error.orig) for words in REFUSALS)
    return False


def sql(statement: str) -> Callable[[], object]:
    return lambda: db.session.execute(text(statement))


def by_orm(cls: type[Base], *, away: bool) -> Callable[[], object]:
    """Change the first row's time, or delete it."""

    def attempt() -> None:
        found = db.session.scalars(select(cls).limit(1)).one()
        if away:
            db.session.delete(found)
            return
        columns = [each.key for each in cls.__table__.columns if not each.foreign_keys]
        times = [key for key in columns if isinstance(getattr(found, key), datetime)]
        if times:
            setattr(found, times[0], getattr(found, times[0]) + timedelta(seconds=1))
        else:  # a table of keys only
            found.practice_id = new_id()  # type: ignore[attr-defined]

    return attempt


def ways(name: str) -> dict[str, Callable[[], object]]:
    found = {
        "update": sql(f"UPDATE {name} SET practice_id = practice_id"),
        "delete": sql(f"DELETE FROM {name}"),
        "orm change": by_orm(classes()[name], away=False),
        "orm delete": by_orm(classes()[name], away=True),
    }
    if KIND == "sqlite":
        return found
    return found | {
        "truncate": sql(f"TRUNCATE {name}"),
        "truncate all that refers to it": sql(f"TRUNCATE {name} CASCADE"),
        "without its trigger": sql(f"ALTER TABLE {name} DISABLE TRIGGER ALL"),
        "drop": sql(f"DROP TABLE {name} CASCADE"),
        "pretend to be a replica": sql("SET LOCAL session_replication_role = replica"),
        "another function": sql("CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger "
                                "LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"),
    }  # fmt: skip


#: Only whoever owns the tables may do these.
OWNERS = {"without its trigger", "drop", "pretend to be a replica", "another function"}


def test_it_refuses_the_owner_too(rows: None, figure: Figure) -> None:
    tried, succeeded = 0, []
    for name in APPEND_ONLY:
        before = content(name)
        assert before, f"{name} has no row to try it on"
        for way, attempt in ways(name).items():
            if way not in OWNERS:
                tried += 1
                succeeded += [] if is_refused(attempt) else [(name, way)]
        assert content(name) == before
    figure("D2 append only", n=tried, tables=len(APPEND_ONLY), succeeded=len(succeeded))
    assert succeeded == []


@pytest.mark.skipif(KIND == "sqlite", reason="SQLite has no roles")
def test_it_refuses_the_apps_own_role_whatever_it_was_granted(
    rows: None, app: Flask, figure: Figure
) -> None:
    with transaction():
        for statement in (
            "DO $$ BEGIN CREATE ROLE an_app_role; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            "GRANT USAGE ON SCHEMA public TO an_app_role",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO an_app_role",
        ):
            db.session.execute(text(statement))
    tried, succeeded = 0, []
    for name in APPEND_ONLY:
        before = content(name)
        for way, attempt in ways(name).items():
            tried += 1

            def as_role(attempt: Callable[[], object] = attempt) -> None:
                db.session.execute(text("SET LOCAL ROLE an_app_role"))
                attempt()

            succeeded += [] if is_refused(as_role) else [(name, way)]
        assert content(name) == before
    figure("D2 append only, as the app's role", n=tried, succeeded=len(succeeded))
    assert succeeded == []


def test_it_names_every_table_that_is_append_only(app: Flask) -> None:
    """A table that gets its triggers is tried here, too."""
    source = (
        "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%append-only%'"
    )
    if KIND != "sqlite":
        source = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_refuse'"
    found = set(db.session.scalars(text(source)))
    assert found == set(APPEND_ONLY), "name it above, and write a row of it in `rows`"


@pytest.mark.skipif(KIND == "sqlite", reason="SQLite has no roles")
def test_the_shipped_grants_leave_the_app_no_right_to_change_what_is_written_once(
    app: Flask,
) -> None:
    """Not the triggers alone: the role has no right (1.2). What retention takes away keeps its DELETE."""
    grants = (ROOT / "deploy" / "postgres-grants.sql").read_text("utf-8")
    with transaction() as session:
        session.execute(text(
            "DO $$ BEGIN CREATE ROLE a_granted_role; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        ))  # fmt: skip
        session.execute(text("SET LOCAL touchline.app_role = 'a_granted_role'"))
        session.connection().exec_driver_sql(grants.replace("%", "%%"))
        may = text("SELECT has_table_privilege('a_granted_role', :name, :right)")
        left = {
            (name, right)
            for name in APPEND_ONLY
            for right in ("INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE")
            if session.scalar(may, {"name": name, "right": right})
        }
        assert session.scalar(may, {"name": "task", "right": "UPDATE"})
        session.execute(text("DROP OWNED BY a_granted_role"))
    goes = {
        (name, "DELETE") for name in ("touchpoint", "touchpoint_task", "touchpoint_attestation")
    }
    assert left == goes | {(name, right) for name in APPEND_ONLY for right in ("INSERT", "SELECT")}
