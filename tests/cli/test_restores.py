"""`flask restore`: the backup is back and nothing leaves; what was there is kept; an older
schema is brought forward."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.core import backup_postgres
from tests.cli.installation import HEAD, SLUGS, Installation, litter, slugs
from tests.databases import KIND

STOPPED = "SELECT count(*) FROM practice WHERE restored_from IS NOT NULL"


def test_it_brings_everything_back_with_sending_off(
    installation: Installation, backup: Path, clock: Any
) -> None:
    before = installation.rows("SELECT count(*), min(created_at), max(family_name) FROM patient")
    installation.rows("DELETE FROM contact_point")
    clock.advance(hours=2)
    said = installation.well("restore", backup, "--replace")
    assert "Restored as of 2026-03-03 17:00:00 UTC" in said
    assert "doctor --reconcile" in said
    assert slugs(installation) == ["harbor", "other"]
    assert installation.rows(STOPPED) == [(2,)]
    assert installation.rows("SELECT count(*) FROM contact_point")[0][0] > 5
    asked = "SELECT count(*), min(created_at), max(family_name) FROM patient"
    assert installation.rows(asked) == before
    told = installation.rows("SELECT facts FROM event WHERE kind = 'practice.restored'")
    assert len(told) == 2
    well = installation.run("doctor").output
    assert "restored from a backup, so nothing leaves" in well
    assert installation.rows("SELECT count(*) FROM topic")[0][0] > 0


def test_it_signs_everybody_out(installation: Installation, tmp_path: Path, clock: Any) -> None:
    (practice, user), *_ = installation.rows("SELECT practice_id, id FROM user_account")
    installation.rows(
        "INSERT INTO staff_session (practice_id, id, user_id, started_at, active_at) "
        "VALUES (:practice, :user, :user, '2026-03-03 17:00:00.000000', '2026-03-03 17:00:00.000000')",
        practice=practice, user=user,
    )  # fmt: skip
    installation.well("backup", tmp_path / "backup")
    said = installation.well("restore", tmp_path / "backup", "--replace")
    assert "tokens that were revoked since then are back" in said
    ((ended,),) = installation.rows("SELECT ended_at FROM staff_session")
    assert str(ended).startswith("2026-03-03 17:00")


def test_it_keeps_what_was_there(installation: Installation, backup: Path) -> None:
    installation.well("restore", backup, "--replace")
    (kept,) = litter(installation)
    if KIND == "sqlite":
        path = Path(installation.database.url.removeprefix("sqlite:///")).with_name(kept)
        with closing(sqlite3.connect(path)) as old:
            assert old.execute(SLUGS).fetchall() == [("later",), ("other",)]
    else:
        old = installation.rows(f"SELECT slug FROM {kept}.practice ORDER BY slug")
        assert old == [("later",), ("other",)]
    assert not installation.run("db", "check").exit_code
    # the ledger is still one nobody can change
    with pytest.raises(Exception, match=r"append-only"):
        installation.rows("UPDATE event SET kind = 'forged'")


def test_it_needs_no_replace_where_nobody_is(installation: Installation, backup: Path) -> None:
    where = installation.database
    if KIND == "sqlite":
        for path in Path(where.url.removeprefix("sqlite:///")).parent.glob("test.db*"):
            path.unlink()
    else:
        for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
            installation.rows(statement)
    installation.well("restore", backup)
    assert slugs(installation) == ["harbor", "other"]
    assert litter(installation) == []


@pytest.mark.skipif(KIND == "sqlite", reason="SQLite has no roles")
def test_it_brings_the_rights_of_the_apps_role_along(
    installation: Installation, tmp_path: Path
) -> None:
    installation.rows("DROP ROLE IF EXISTS touchline_reader")
    installation.rows("CREATE ROLE touchline_reader")
    installation.rows("GRANT SELECT ON patient TO touchline_reader")
    installation.well("backup", tmp_path / "backup")
    installation.well("restore", tmp_path / "backup", "--replace")
    rights = "SELECT has_table_privilege('touchline_reader', 'patient', 'SELECT'), "
    rights += "has_table_privilege('touchline_reader', 'patient', 'DELETE'), "
    rights += "has_schema_privilege('touchline_reader', 'public', 'USAGE')"
    assert installation.rows(rights) == [(True, False, True)]
    (kept,) = litter(installation)
    installation.rows(f"DROP SCHEMA {kept} CASCADE")
    installation.rows("DROP OWNED BY touchline_reader")
    installation.rows("DROP ROLE touchline_reader")


@pytest.mark.skipif(KIND != "sqlite", reason="a file of bytes is SQLite's")
def test_it_replaces_a_database_that_cannot_be_read(
    installation: Installation, backup: Path
) -> None:
    path = Path(installation.database.url.removeprefix("sqlite:///"))
    path.write_bytes(b"not a database" * 1000)
    refused = installation.run("restore", backup)
    assert "cannot be read" in refused.output
    assert path.read_bytes().startswith(b"not a database")
    installation.well("restore", backup, "--replace")
    assert slugs(installation) == ["harbor", "other"]
    assert [name for name in litter(installation) if name.endswith("-wal")] == []


def test_it_brings_an_older_schema_forward(
    empty_installation: Installation, tmp_path: Path
) -> None:
    older = empty_installation
    older.well("db", "upgrade", "0006")
    older.rows(
        "INSERT INTO practice (id, slug, name, time_zone, country, language, is_invented, is_sending, hours, "
        "closed_on, quiet_from, quiet_until, cap_day, cap_week, created_at) VALUES "
        "('018f0000000070008000000000000001', 'old', 'Old', 'UTC', 'US', 'en', false, true, '{}', '[]', "
        "'21:00', '08:00', 1, 3, '2026-01-01 00:00:00.000000')"
    )
    older.well("backup", tmp_path / "backup")
    older.well("restore", tmp_path / "backup", "--replace")
    assert older.rows("SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert older.rows(STOPPED) == [(1,)]
    older.well("db", "check")


def test_it_keeps_the_older_moment_of_a_backup_that_was_never_reconciled(
    installation: Installation, backup: Path, tmp_path: Path, clock: Any
) -> None:
    clock.advance(days=1)
    installation.well("restore", backup, "--replace")
    installation.well("backup", tmp_path / "second")
    clock.advance(days=1)
    installation.well("restore", tmp_path / "second", "--replace")
    moments = installation.rows("SELECT DISTINCT restored_from, restored_at FROM practice")
    ((of, at),) = moments
    assert str(of).startswith("2026-03-03 17:00")
    assert str(at).startswith("2026-03-05 17:00")
    assert backup_postgres.STAGED not in litter(installation)
