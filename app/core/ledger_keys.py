"""The keys that sign checkpoints and exports. They lie in a file outside the database, so that whoever owns
the database cannot sign; readable by their owner only. The default file is made when first needed."""

import os
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from app.core.errors import ConfigError
from app.core.settings import LEDGER_KEYS, current_settings
from app.value.signatures import Ring


def ring(*, at: datetime) -> Ring:
    """The installation's keys. Raises ConfigError for a file that is named and isn't there, or is odd."""
    path = Path(current_settings().ledger_key_file)
    if not path.exists():
        if path != LEDGER_KEYS:
            raise ConfigError(
                f"LEDGER_KEY_FILE names no file ({path}). Put it back, or make one: flask ledger new-key."
            )
        return make_key(at=at)
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


def make_key(*, at: datetime) -> Ring:
    """A new key signs from now on; those before it stay, so that what they signed can be checked."""
    path = Path(current_settings().ledger_key_file)
    stat = path.stat() if path.exists() else None
    before = _read(path, stat.st_mtime_ns, stat.st_size) if stat else Ring(())
    made = before.rotated(secrets.token_bytes(32), at=at)
    _write(path, made.to_json(), replacing=bool(before.keys))
    return ring(at=at)


def _write(path: Path, text: str, *, replacing: bool) -> None:
    """Under its name only when whole; of two processes that make the first one, one wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if replacing:
        part.replace(path)
        return
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()


@lru_cache(maxsize=4)
def _read(path: Path, _changed_at: int, _size: int) -> Ring:
    try:
        return Ring.from_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"LEDGER_KEY_FILE cannot be read: {error}.") from None
