"""This machine: Redis, room on the disk, the last backup, the ledger's key and checkpoints."""

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url, select, text

from app.actions import checkpoints
from app.actions.checkpoints import BadCheckpoint
from app.actions.doctor.finding import Finding, Level, judged, warned
from app.actions.seals import head_of
from app.core.db import db, enter_practice
from app.core.errors import ConfigError
from app.core.ledger_keys import ring
from app.core.settings import VAR, current_settings
from app.models.practice import Practice

REDIS_SECONDS = 2
#: Less than this is warned of; a tenth of it is bad.
ROOM = 5 * 1024**3
BACKUP_AGE = timedelta(hours=36)
UNSIGNED = 500
AFTER_RESTORE = (
    "After a restore: flask --app wsgi ledger checkpoint --practice {slug} --accept-loss"
)
_DATED = re.compile(r"touchline-(\d{8}T\d{6})Z")


def check_redis(_at: datetime) -> Iterator[Finding]:
    url = current_settings().redis_url
    if not url:
        yield judged("Redis", True, "not used: one web process with the worker inside")
        return
    client = Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS)
    try:
        client.ping()
    except (RedisError, OSError) as error:
        yield judged(
            "Redis",
            False,
            f"does not answer ({type(error).__name__})",
            "Start it, or check REDIS_URL. Until then open pages learn of changes every 30 s only.",
        )
    else:
        yield judged("Redis", True, "answers")
    finally:
        client.close()


def check_disk(_at: datetime) -> Iterator[Finding]:
    settings, places = current_settings(), {}
    if settings.is_sqlite:
        places["database"] = Path(make_url(settings.database_url).database or ".").parent
    else:
        places["data"] = VAR
    if settings.backup_dir:
        places["backups"] = Path(settings.backup_dir)
    for name, path in places.items():
        try:
            free = shutil.disk_usage(path).free
        except OSError:
            yield judged(
                f"disk, {name}",
                False,
                f"{path} is not there",
                "Make the folder, or change the setting.",
            )
            continue
        level = Level.OK if free >= ROOM else Level.WARN if free >= ROOM / 10 else Level.BAD
        advice = (
            ""
            if level is Level.OK
            else f"Make room on the disk of {path}: remove what nobody needs, or enlarge it."
        )
        yield Finding(f"disk, {name}", level, f"{free / 1024**3:.1f} GB free", advice)


def check_folders(_at: datetime) -> Iterator[Finding]:
    """Folders shared with other programs: there, and not shut to us by a mount or a unit."""
    settings, here = current_settings(), "no other program brings or takes files"
    named = {
        "WORK_FOLDER": settings.work_folder, "MAIL_BOUNCES": settings.mail_bounces,
        "LEDGER_CHECKPOINTS": settings.ledger_checkpoints,
    }  # fmt: skip
    shared = {name: path for name, path in named.items() if path and not _is_ours(Path(path))}
    for name, path in shared.items():
        at = _first_that_is_there(Path(path)) if name == "LEDGER_CHECKPOINTS" else Path(path)
        is_open = at.is_dir() and os.access(at, os.R_OK | os.W_OK | os.X_OK)
        said = f"{path} can{'' if is_open else 'not'} be written to"
        advice = (
            f"Let the service's user write there; under systemd say {name} to `make install` again, "
            "or add it to the units' ReadWritePaths."
        )
        yield judged(name, is_open, said, advice)
    if not shared:
        yield judged("folders", True, here)


def _first_that_is_there(path: Path) -> Path:
    """The folder itself, or the one it is made in with the first file."""
    return next(each for each in (path, *path.parents) if each.exists())


def _is_ours(path: Path) -> bool:
    return path.resolve().is_relative_to(VAR)


def check_backup(at: datetime) -> Iterator[Finding]:
    where = current_settings().backup_dir
    if not where:
        yield warned(
            "backup",
            False,
            "nobody says where backups lie",
            "Set BACKUP_DIR, and run `flask --app wsgi backup` into it each night.",
        )
        return
    newest = newest_backup(Path(where))
    if newest is None:
        yield judged(
            "backup",
            False,
            f"there is none in {where}",
            "systemctl start touchline-backup, then look at journalctl -u touchline-backup.",
        )
        return
    age = at - newest
    yield judged(
        "backup",
        age <= BACKUP_AGE,
        f"the last one is {age.total_seconds() / 3600:.0f} hours old",
        "systemctl list-timers touchline-backup, and journalctl -u touchline-backup say why.",
    )


def newest_backup(folder: Path) -> datetime | None:
    """When the newest whole dated backup was taken."""
    if not folder.is_dir():
        return None
    dated = [(_DATED.fullmatch(each.name), each) for each in folder.iterdir()]
    days = [found[1] for found, each in dated if found and (each / "manifest.json").is_file()]
    return datetime.strptime(max(days), "%Y%m%dT%H%M%S").replace(tzinfo=UTC) if days else None


def check_owner(_at: datetime) -> Iterator[Finding]:
    """On PostgreSQL, whether the application could take the ledger's triggers away."""
    if current_settings().is_sqlite:
        return
    owns = db.session.scalar(
        text("SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class "
             "WHERE oid = 'touchpoint'::regclass")
    )  # fmt: skip
    yield warned(
        "ledger's tables",
        not owns,
        "belong to the application's own role" if owns else "belong to another role",
        "Let another role own and migrate them: docs/operations.md, A role of its own.",
    )


def check_ledger(at: datetime, practice_id: UUID | None = None) -> Iterator[Finding]:
    """The key that signs can be read by its owner only, and each chain was signed not long ago."""
    try:
        ring(at=at)
    except ConfigError as error:
        yield judged(
            "ledger key",
            False,
            error.person_text,
            "Put the key file back (docs/operations.md, The ledger's proof).",
        )
        return
    path = Path(current_settings().ledger_key_file)
    is_private = not path.exists() or path.stat().st_mode & 0o077 == 0
    yield judged(
        "ledger key",
        is_private,
        "signs" if is_private else "can be read by others",
        f"chmod 600 {path}; if somebody may have read it: flask --app wsgi ledger new-key.",
    )
    where = select(Practice).order_by(Practice.slug)
    rows = where if practice_id is None else where.where(Practice.id == practice_id)
    for practice in db.session.scalars(rows).all():
        enter_practice(practice.id)
        yield _checkpoints(practice, at=at)


def _checkpoints(practice: Practice, *, at: datetime) -> Finding:
    name = f"practice {practice.slug}, checkpoints"
    try:
        known = checkpoints.read_all(practice.id, at=at)
    except (BadCheckpoint, OSError) as error:
        return judged(
            name, False, str(error), f"flask --app wsgi ledger verify --practice {practice.slug}"
        )
    signed, sealed = (known[-1].count if known else 0), head_of(practice.id).seq
    if sealed < signed:
        return judged(
            name,
            False,
            f"{signed} rows were signed, and the ledger ends at {sealed}",
            AFTER_RESTORE.format(slug=practice.slug),
        )
    return warned(
        name,
        sealed - signed <= UNSIGNED,
        f"{signed} of {sealed} sealed rows are signed",
        "Every five minutes one is signed: does the worker run, may it write LEDGER_CHECKPOINTS?",
    )
