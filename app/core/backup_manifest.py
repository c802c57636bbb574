"""What stands beside a backup: which database it is of and when, its size and SHA-256, and whether the keys
at hand can read it. The keys themselves are never in it."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from app.core.crypto import Keyring, Undecryptable
from app.core.errors import Invalid

NAME: Final = "manifest.json"
FORMAT: Final = 1
SQLITE, POSTGRESQL = "sqlite", "postgresql"
FILES: Final = {SQLITE: "touchline.db", POSTGRESQL: "touchline.dump"}
_PROBE: Final = "touchline backup"
_CHUNK: Final = 1024 * 1024
#: Told how much of how much is done.
Progress = Callable[[int, int], None]


class BadBackup(Invalid):
    """This is no backup that can be restored. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One backup. `schema` is the newest migration in it, `server` the database's own version."""

    touchline: str
    schema: str
    kind: str
    server: str
    #: When it began: everything committed before is in it.
    taken_at: datetime
    bytes: int
    sha256: str
    #: Known words under both keys: they say whether the keys at hand are the ones that were in use.
    secret_key_check: str
    data_keys_check: str
    format: int = FORMAT

    @property
    def file(self) -> str:
        return FILES[self.kind]

    def write(self, folder: Path) -> None:
        values = asdict(self) | {"taken_at": self.taken_at.isoformat(), "file": self.file}
        path = folder / NAME
        path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        sync(path)


def key_checks(keys: Keyring) -> tuple[str, str]:
    """What `check_keys` will look at: for SECRET_KEY and for DATA_KEYS."""
    return keys.digest(_PROBE), keys.encrypt(_PROBE).decode()


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BadBackup with what is wrong with it."""
    try:
        values = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise BadBackup("A newer Touchline wrote this backup. Update this one first.")
        taken_at = datetime.fromisoformat(values.pop("taken_at")).astimezone(UTC)
        file = values.pop("file")
        manifest = Manifest(**values, taken_at=taken_at)
        if file != manifest.file:
            raise BadBackup(f"The manifest names a file {file!r} that no backup of this kind has.")
    except OSError:
        raise BadBackup(f"There is no {NAME} in {folder}. Give the folder of a backup.") from None
    except (ValueError, KeyError, TypeError):
        raise BadBackup(f"{folder / NAME} cannot be read: it is damaged or was changed.") from None
    return manifest


def check_file(manifest: Manifest, folder: Path, *, progress: Progress) -> Path:
    """The file of the backup, whole and unchanged. Raises BadBackup."""
    path = folder / manifest.file
    if not path.is_file():
        raise BadBackup(f"{path} is missing.")
    if path.stat().st_size != manifest.bytes or digest_of(path, progress) != manifest.sha256:
        raise BadBackup(f"{path} is damaged: it is not the file the manifest was written for.")
    return path


def check_keys(manifest: Manifest, keys: Keyring) -> None:
    """Raise BadBackup when the keys at hand are not those that were in use."""
    if keys.digest(_PROBE) != manifest.secret_key_check:
        raise BadBackup(
            "SECRET_KEY is not the one that was in use when the backup was made. Without it sent texts are "
            "not recognized and tokens are void. Set that one first."
        )
    try:
        keys.decrypt(manifest.data_keys_check.encode())
    except Undecryptable:
        raise BadBackup(
            "DATA_KEYS holds no key that reads this backup. Put the key that was in use back into the list."
        ) from None


def digest_of(path: Path, progress: Progress) -> str:
    """SHA-256 of a file, hex."""
    found, total, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            done += len(chunk)
            progress(done, total)
    return found.hexdigest()


def sync(path: Path) -> None:
    """Onto the disk, file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
