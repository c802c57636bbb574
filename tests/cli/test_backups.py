"""`flask backup`: whole and of one moment while others write, under its own name only when it is done, and
never over something else."""

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from app.core import backup_manifest, backup_sqlite, postgres_tools
from app.core.errors import ConfigError
from tests.cli.installation import HEAD, Installation, folder_in
from tests.databases import KIND

PAIR = "UPDATE worker_lease SET epoch = epoch + 1 WHERE name = :name"


@pytest.fixture
def writer(installation: Installation) -> Iterator[dict[str, int]]:
    """Somebody who writes all the time: two rows that are equal after every commit."""
    add = "INSERT INTO worker_lease (name, holder, epoch, lease_until) VALUES (:n, 'x', 0, '2026-01-01')"
    for name in ("left", "right"):
        installation.rows(add, n=name)
    done, stop = {"commits": 0}, threading.Event()
    engine = create_engine(installation.database.url)

    def write() -> None:
        while not stop.is_set():
            with engine.begin() as connection:
                for name in ("left", "right"):
                    connection.execute(text(PAIR), {"name": name})
            done["commits"] += 1
            stop.wait(0.001)

    thread = threading.Thread(target=write)
    thread.start()
    yield done
    stop.set()
    thread.join()
    engine.dispose()


def test_it_is_of_one_moment_while_others_write(
    installation: Installation, writer: dict[str, int], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(backup_sqlite, "_PAGES", 3)  # many steps, with writers between them
    places = [tmp_path / str(n) for n in range(3)]
    known = []
    for place in places:
        known.append(writer["commits"])
        installation.well("backup", place)
    assert writer["commits"] > known[-1] > known[0], "nobody wrote meanwhile"
    if KIND == "sqlite":
        for place, before in zip(places, known, strict=True):
            copy = create_engine(f"sqlite:///{place / 'touchline.db'}")
            with copy.connect() as connection:
                left, right = connection.scalars(text("SELECT epoch FROM worker_lease"))
            copy.dispose()
            assert left == right >= before


def test_it_writes_what_a_restore_needs_and_no_key(
    installation: Installation, tmp_path: Path, settings_of: Any
) -> None:
    said = installation.well("backup", tmp_path)
    folder = folder_in(tmp_path)
    assert said.strip().endswith(str(folder))
    assert "DATA_KEYS and SECRET_KEY are NOT in it" in said
    manifest = json.loads((folder / "manifest.json").read_text())
    file = folder / manifest["file"]
    assert manifest["kind"] == ("sqlite" if KIND == "sqlite" else "postgresql")
    assert (manifest["schema"], manifest["touchline"]) == (HEAD, "0.1.0")
    assert manifest["bytes"] == file.stat().st_size
    assert manifest["sha256"] == backup_manifest.digest_of(file, lambda done, total: None)
    assert manifest["taken_at"] == "2026-03-03T17:00:00+00:00"
    settings = settings_of(installation.database.url)
    for path in folder.iterdir():
        held = path.read_bytes()
        assert settings.secret_key.encode() not in held
        assert settings.data_keys[0].encode() not in held
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_overwrites_nothing(installation: Installation, tmp_path: Path) -> None:
    taken = tmp_path / "monday"
    installation.well("backup", taken)
    before = (taken / "manifest.json").read_bytes()
    installation.well("backup", tmp_path)  # a dated folder in it
    again = installation.run("backup", tmp_path)  # at the same second
    assert again.exit_code == 1
    assert "Nothing was overwritten" in again.output
    file = tmp_path / "a-file"
    file.write_text("mine")
    assert installation.run("backup", file).exit_code == 1
    assert file.read_text() == "mine"
    assert (taken / "manifest.json").read_bytes() == before


def test_it_leaves_no_half_backup(
    installation: Installation, tmp_path: Path, monkeypatch: Any
) -> None:
    def full(*_args: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.cli.backups.digest_of", full)
    assert installation.run("backup", tmp_path / "monday").exit_code != 0
    assert list(tmp_path.iterdir()) == []


def test_it_says_when_there_is_nothing_to_back_up(
    empty_installation: Installation, tmp_path: Path
) -> None:
    said = empty_installation.run("backup", tmp_path / "monday")
    assert said.exit_code == 1
    assert "Check DATABASE_URL" in said.output
    assert list(tmp_path.iterdir()) == []
    nowhere = empty_installation.run("backup", tmp_path / "no" / "such")
    assert "does not exist" in nowhere.output


def tools_of(folder: Path, version: str) -> Path:
    """Programs that only know their version."""
    folder.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.mark.pure
def test_it_takes_the_tools_of_the_servers_version(tmp_path: Path, monkeypatch: Any) -> None:
    folders = [tools_of(tmp_path / version, version) for version in ("18.1", "15.4", "16.2")]
    monkeypatch.setattr(postgres_tools, "_folders", lambda: iter(folders))
    assert postgres_tools.find_tools(16).major == 16
    assert postgres_tools.find_tools(17).major == 18
    with pytest.raises(ConfigError) as error:
        postgres_tools.find_tools(19)
    assert "there is version 18" in error.value.person_text
    assert "postgresql-client-19" in error.value.person_text


@pytest.mark.pure
def test_it_says_what_to_install(tmp_path: Path, monkeypatch: Any) -> None:
    lacking = tools_of(tmp_path / "lacking", "16.2")
    (lacking / "psql").unlink()
    monkeypatch.setattr(postgres_tools, "_folders", lambda: iter([lacking, tmp_path / "none"]))
    with pytest.raises(ConfigError, match="Install them"):
        postgres_tools.find_tools(16)


@pytest.mark.pure
def test_it_puts_no_password_on_a_command_line() -> None:
    url = "postgresql+psycopg://ana:geheim%40@db.example.org:5433/touchline?sslmode=require"
    told = postgres_tools.environment(url)
    names = ("PGUSER", "PGPASSWORD", "PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE")
    wanted = ["ana", "geheim@", "db.example.org", "5433", "touchline", "require"]
    assert [told[name] for name in names] == wanted


def test_it_keeps_as_many_as_were_asked_for(
    installation: Installation, tmp_path: Path, clock: Any
) -> None:
    (tmp_path / "touchline-20200101T000000Z").mkdir()  # no manifest: nobody's backup
    (tmp_path / "photos").mkdir()
    for _ in range(4):
        clock.advance(days=1)
        installation.well("backup", tmp_path, "--keep", 2)
    kept = sorted(each.name for each in tmp_path.iterdir())
    assert kept == [
        "photos", "touchline-20200101T000000Z", "touchline-20260306T170000Z", "touchline-20260307T170000Z",
    ]  # fmt: skip
    refused = installation.run("backup", tmp_path / "new", "--keep", 2)
    assert "needs a folder that is there" in refused.output
    assert not (tmp_path / "new").exists()
