"""`flask restore`: the backup is back and nothing leaves; what was there is kept; whatever is wrong is said
before anything changes."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from app.cli import restores
from app.core import backup_postgres
from tests.cli.installation import Installation
from tests.databases import KIND

SLUGS = "SELECT slug FROM practice ORDER BY slug"
STOPPED = "SELECT count(*) FROM practice WHERE restored_from IS NOT NULL"


@pytest.fixture
def backup(installation: Installation, tmp_path: Path) -> Path:
    """A backup of the cast; afterwards one practice has another name."""
    folder = tmp_path / "backup"
    installation.well("backup", folder)
    installation.rows("UPDATE practice SET slug = 'later' WHERE slug = 'harbor'")
    return folder


def slugs(installation: Installation) -> list[str]:
    return [row[0] for row in installation.rows(SLUGS)]


def litter(installation: Installation) -> list[str]:
    """What an unfinished restore would leave behind."""
    if KIND == "sqlite":
        path = Path(installation.database.url.removeprefix("sqlite:///"))
        return [each.name for each in path.parent.iterdir() if "restor" in each.name]
    schemas = installation.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%restor%'")
    return [row[0] for row in schemas]


def change(folder: Path, **values: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | values))


@contextmanager
def somebody_connected(installation: Installation) -> Iterator[None]:
    engine = create_engine(installation.database.url)
    with engine.connect() as connection:
        connection.execute(text(SLUGS)).all()
        yield
    engine.dispose()


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
    assert installation.rows("SELECT count(*) FROM topic_event")[0][0] > 0


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


def test_it_refuses_a_database_in_use_and_says_what_would_go(
    installation: Installation, backup: Path, clock: Any
) -> None:
    said = installation.run("restore", backup)
    assert said.exit_code == 1
    assert "later: 0 messages since the backup" in said.output
    assert "--replace" in said.output
    assert slugs(installation) == ["later", "other"]
    assert litter(installation) == []


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


def test_it_waits_for_nobody_who_is_connected(installation: Installation, backup: Path) -> None:
    with somebody_connected(installation):
        said = installation.run("restore", backup, "--replace")
    assert said.exit_code == 1
    assert "Stop the web server and the worker" in said.output
    assert slugs(installation) == ["later", "other"]
    assert litter(installation) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "Give the folder of a backup"),
        (lambda folder: (folder / "manifest.json").write_text("{"), "damaged or was changed"),
        (lambda folder: change(folder, format=2), "Update this one first"),
        (lambda folder: change(folder, schema="9999"), "does not know"),
        (lambda folder: change(folder, file="../else"), "no backup of this kind"),
        (lambda folder: change(folder, bytes=7), "is damaged"),
        (lambda folder: change(folder, sha256="0" * 64), "is damaged"),
        (lambda folder: next(folder.glob("touchline.*")).unlink(), "is missing"),
    ],
)
def test_it_says_what_is_wrong_with_a_backup(
    installation: Installation, backup: Path, spoil: Any, words: str
) -> None:
    spoil(backup)
    said = installation.run("restore", backup, "--replace")
    assert said.exit_code == 1
    assert words in said.output
    assert slugs(installation) == ["later", "other"]
    assert litter(installation) == []


def test_it_refuses_a_backup_of_the_other_kind(installation: Installation, backup: Path) -> None:
    other, file = (
        ("postgresql", "touchline.dump") if KIND == "sqlite" else ("sqlite", "touchline.db")
    )
    change(backup, kind=other, file=file)
    said = installation.run("restore", backup, "--replace")
    assert f"Set it to a database of {other}" in said.output
    assert slugs(installation) == ["later", "other"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"secret_key": "another-one-" * 4}, "SECRET_KEY is not the one"),
        ({"data_keys": (Fernet.generate_key().decode(),)}, "DATA_KEYS holds no key"),
    ],
)
def test_it_refuses_a_backup_these_keys_cannot_read(
    installation: Installation, backup: Path, keys: dict[str, Any], words: str
) -> None:
    said = installation.run("restore", backup, "--replace", **keys)
    assert said.exit_code == 1
    assert words in said.output
    assert slugs(installation) == ["later", "other"]


def test_it_leaves_the_old_data_alone_when_it_fails_halfway(
    installation: Installation, backup: Path, monkeypatch: Any
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(restores, "_stop_sending", broken)
    assert installation.run("restore", backup, "--replace").exit_code != 0
    assert slugs(installation) == ["later", "other"]
    assert litter(installation) == []
    monkeypatch.undo()
    installation.well("restore", backup, "--replace")
    assert slugs(installation) == ["harbor", "other"]


@pytest.mark.skipif(KIND == "sqlite", reason="a dump is loaded by PostgreSQL's own tools")
def test_it_leaves_the_old_data_alone_when_the_dump_does_not_load(
    installation: Installation, backup: Path
) -> None:
    file = backup / "touchline.dump"
    spoiled = bytearray(file.read_bytes())
    spoiled[-2000:-1000] = bytes(1000)
    file.write_bytes(spoiled)
    digest = restores.backup_manifest.digest_of(file, lambda done, total: None)
    change(backup, sha256=digest)
    said = installation.run("restore", backup, "--replace")
    assert said.exit_code == 1
    assert "failed:" in said.output
    assert slugs(installation) == ["later", "other"]
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
    assert older.rows("SELECT version_num FROM alembic_version") == [("0007",)]
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
