"""`flask backup`: one consistent copy of the database while everything runs, with a manifest beside it. It is
made under another name and appears under its own only when it is whole."""

import re
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import Engine, create_engine, make_url

from app.cli.plain_errors import plainly
from app.core import backup_postgres, backup_sqlite
from app.core.backup_manifest import (
    FILES,
    POSTGRESQL,
    SQLITE,
    BadBackup,
    Manifest,
    Progress,
    digest_of,
    key_checks,
    sync,
)
from app.core.backup_manifest import (
    NAME as MANIFEST,
)
from app.core.clock import db_now
from app.core.crypto import keyring
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.postgres_tools import find_tools
from app.core.settings import current_settings
from app.core.version import VERSION

KEYS = (
    "DATA_KEYS and SECRET_KEY are NOT in it. Keep them too, in another place: "
    "without them nobody can read it."
)
DATED = re.compile(r"touchline-\d{8}T\d{6}Z")
#: Long work says so this often.
TELL_EVERY = 2.0


def register(app: Flask) -> None:
    app.cli.add_command(backup)


@click.command("backup")
@click.argument("to", type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="How many dated ones stay in TO; older ones are removed.",
)
@with_appcontext
def backup(to: Path, keep: int | None) -> None:
    """Copy the database to TO while it is in use: a new folder, or a dated one in a folder that is there."""
    with plainly():
        at = db_now()
        if keep and not to.is_dir():
            raise Invalid("--keep needs a folder that is there, for dated backups.")
        folder = _place(to, at)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            manifest = _write(partial, at)
            sync(partial)
            if folder.exists():
                raise Conflict(f"{folder} was made meanwhile. It was left alone.")
            partial.rename(folder)
            sync(folder.parent)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        for old in older(folder, keep) if keep else []:
            shutil.rmtree(old)
            click.echo(f"Removed {old}.")
    click.echo(
        f"{manifest.bytes} bytes, schema {manifest.schema}, as of {at:%Y-%m-%d %H:%M:%S} UTC."
    )
    click.echo(KEYS)
    click.echo(folder)


def older(newest: Path, keep: int) -> list[Path]:
    """Whole dated backups beside `newest`, beyond the `keep` newest. What else lies there stays."""
    dated = sorted(
        each for each in newest.parent.iterdir()
        if DATED.fullmatch(each.name) and (each / MANIFEST).is_file() and not each.is_symlink()
    )  # fmt: skip
    return [each for each in dated[:-keep] if each != newest]


def meter(what: str) -> Progress:
    """Says how far long work has come, every now and then."""
    said = [time.monotonic()]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - said[0] >= TELL_EVERY:
            said[0] = time.monotonic()
            click.echo(f"{what}: {100 * done // max(total, 1)} %", err=True)

    return tell


def schema_of(engine: Engine) -> str | None:
    """The newest migration a database has seen."""
    from alembic.runtime.migration import MigrationContext  # heavy, and few processes need it

    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def sqlite_path(url: str) -> Path:
    """Where a SQLite database lies. Raises Invalid for one that is no file."""
    name = make_url(url).database
    if not name or name == ":memory:":
        raise Invalid("This database is no file.")
    return Path(name)


def _place(to: Path, at: datetime) -> Path:
    """The folder that is to appear. Raises Conflict rather than overwrite anything."""
    folder = to / f"touchline-{at:%Y%m%dT%H%M%SZ}" if to.is_dir() else to
    if folder.exists():
        raise Conflict(f"{folder} is there already. Nothing was overwritten.")
    if not folder.parent.is_dir():
        raise Invalid(f"The folder {folder.parent} does not exist.")
    return folder.absolute()


def _write(folder: Path, at: datetime) -> Manifest:
    settings = current_settings()
    kind = SQLITE if settings.is_sqlite else POSTGRESQL
    path = folder / FILES[kind]
    copy = _copy_sqlite if settings.is_sqlite else _dump_postgres
    schema, server = copy(settings.database_owner_url or settings.database_url, path)
    if schema is None:
        raise BadBackup("This database holds no Touchline. Check DATABASE_URL.")
    secret_key, data_keys = key_checks(keyring())
    manifest = Manifest(
        touchline=VERSION,
        schema=schema,
        kind=kind,
        server=server,
        taken_at=at,
        bytes=path.stat().st_size,
        sha256=digest_of(path, meter("SHA-256")),
        secret_key_check=secret_key,
        data_keys_check=data_keys,
    )
    manifest.write(folder)
    return manifest


def _copy_sqlite(url: str, path: Path) -> tuple[str | None, str]:
    source = sqlite_path(url)
    if not source.exists():
        raise BadBackup(f"There is no database at {source}. Check DATABASE_URL.")
    backup_sqlite.copy(source, path, progress=meter("Copying"))
    engine = create_engine(f"sqlite:///{path}")
    schema = schema_of(engine)
    engine.dispose()
    with closing(backup_sqlite.connect(path)) as opened:
        server = str(opened.execute("SELECT sqlite_version()").fetchone()[0])
    return schema, server


def _dump_postgres(url: str, path: Path) -> tuple[str | None, str]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            major, server = backup_postgres.server_version(connection)
        schema = schema_of(engine)
    finally:
        engine.dispose()
    db.session.rollback()  # nothing of ours stays open while it works
    backup_postgres.dump(url, path, find_tools(major), tell=_tables())
    return schema, server


def _tables() -> Callable[[str], None]:
    said = [time.monotonic()]

    def tell(table: str) -> None:
        if time.monotonic() - said[0] >= TELL_EVERY:
            said[0] = time.monotonic()
            click.echo(f"Dumping {table}", err=True)

    return tell
