"""A PostgreSQL database dumped by pg_dump, and a dump loaded into a schema of its own beside the one in use,
which it replaces in one transaction at the end."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, text

from app.core.backup_manifest import BadBackup
from app.core.errors import Conflict
from app.core.postgres_tools import Tools, environment

LIVE: Final = "public"
#: Where a dump is loaded, and where the live schema waits meanwhile inside that one transaction.
STAGED, _PUSHED = "touchline_restoring", "touchline_live"
_PATIENCE: Final = 3.0
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL "
    "AND pid <> pg_backend_pid() AND leader_pid IS NULL"
)
_CONTENTS: Final = text(
    f"SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = '{LIVE}'::regnamespace) "  # noqa: S608 - ours
    f"+ (SELECT count(*) FROM pg_proc WHERE pronamespace = '{LIVE}'::regnamespace)"
)
_THERE: Final = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")


def server_version(connection: Connection) -> tuple[int, str]:
    """Its major version, and all of it in words."""
    said = str(connection.scalar(text("SHOW server_version")))
    number = int(connection.scalar(text("SHOW server_version_num")) or 0)
    return number // 10000, said


def dump(url: str, target: Path, tools: Tools, *, tell: Callable[[str], None]) -> None:
    """Write one consistent moment of the live schema to `target`. Raises BadBackup with pg_dump's words."""
    command = tools.command(
        "pg_dump", "--format=custom", f"--schema={LIVE}", f"--file={target}", "--verbose", "--no-password"
    )  # fmt: skip
    target.touch(mode=0o600)
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env=environment(url), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as running:
        last = _follow(running, tell)
    if running.returncode:
        raise BadBackup(f"pg_dump failed: {last}")


def load(url: str, source: Path, tools: Tools) -> None:
    """Load a dump into the schema STAGED; the live one is untouched, whatever happens. Raises BadBackup.

    A dump names its schema, so inside one transaction the live one steps aside and comes back.
    """
    steps = [
        f"ALTER SCHEMA {LIVE} RENAME TO {_PUSHED}", f"CREATE SCHEMA {LIVE}", "-",
        f"ALTER SCHEMA {LIVE} RENAME TO {STAGED}", f"ALTER SCHEMA {_PUSHED} RENAME TO {LIVE}",
    ]  # fmt: skip
    asked = [word for step in steps for word in (("-f", "-") if step == "-" else ("-c", step))]
    script = tools.command("pg_restore", f"--schema={LIVE}", "--no-owner", "--file=-", str(source))
    run = tools.command("psql", "--no-psqlrc", "--quiet", "--no-password", "--single-transaction",
                        "--set=ON_ERROR_STOP=1", "--output=/dev/null", *asked)  # fmt: skip
    with subprocess.Popen(  # noqa: S603 - our own command
        script, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as reading:
        done = subprocess.run(  # noqa: S603 - our own command
            run, stdin=reading.stdout, env=environment(url), capture_output=True, check=False
        )
        _, complaints = reading.communicate()
    for name, failed, said in (
        ("psql", done.returncode, done.stderr),
        ("pg_restore", reading.returncode, complaints),
    ):
        if failed:
            raise BadBackup(f"{name} failed: {_reason(said.decode(errors='replace'))}")


def check_alone(connection: Connection) -> None:
    """Raise Conflict while anybody else is connected to the database.

    Who has just left is still counted for a moment.
    """
    until = time.monotonic() + _PATIENCE
    while others := int(connection.scalar(_OTHERS) or 0):
        if time.monotonic() < until:
            time.sleep(0.1)
            connection.execute(text("SELECT pg_stat_clear_snapshot()"))
            continue
        raise Conflict(
            f"Touchline (or somebody else) is connected to this database {others} times. Stop the web server "
            "and the worker, then restore."
        )


def swap(engine: Engine, aside: str) -> bool:
    """The staged schema becomes the live one, in one transaction; what was live is kept as `aside`.

    False when there was nothing to keep. Everybody may look into the new schema as into PostgreSQL's own;
    its tables bring their rights along.
    """
    with engine.begin() as connection:
        check_alone(connection)
        kept = bool(connection.scalar(_CONTENTS))
        old = f"ALTER SCHEMA {LIVE} RENAME TO {aside}" if kept else f"DROP SCHEMA {LIVE}"
        for statement in (
            old,
            f"ALTER SCHEMA {STAGED} RENAME TO {LIVE}",
            f"GRANT USAGE ON SCHEMA {LIVE} TO PUBLIC",
        ):
            connection.execute(text(statement))
    return kept


def discard(engine: Engine) -> None:
    """Take the staged schema away, if there is one."""
    with engine.begin() as connection:
        if connection.scalar(_THERE, {"name": STAGED}):
            connection.execute(text(f"DROP SCHEMA {STAGED} CASCADE"))


def _follow(running: "subprocess.Popen[str]", tell: Callable[[str], None]) -> str:
    """Tell which table is being written; returns the last line, which says why when it failed."""
    last = ""
    for line in running.stderr or ():
        last = line.strip() or last
        if "dumping contents of table" in line:
            tell(line.partition("table")[2].strip().strip('"'))
    return last


def _reason(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or "error:" in line]
    return (errors or lines or ["it gave no reason"])[0].strip()
