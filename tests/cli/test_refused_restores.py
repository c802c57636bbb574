"""What `flask restore` refuses, and that the old data are as they were: in use, damaged, of another kind,
without the right keys, or broken off in the middle."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine, text

from app.cli import restores
from tests.cli.installation import SLUGS, Installation, litter, slugs
from tests.databases import KIND


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


def test_it_refuses_a_database_in_use_and_says_what_would_go(
    installation: Installation, backup: Path, clock: Any
) -> None:
    said = installation.run("restore", backup)
    assert said.exit_code == 1
    assert "later: 0 messages since the backup" in said.output
    assert "--replace" in said.output
    assert slugs(installation) == ["later", "other"]
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
