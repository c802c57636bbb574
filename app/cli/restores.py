"""`flask restore`: a backup is checked, made ready beside the database (migrated, every practice's sending
stopped) and only then put in its place. Whatever fails before that leaves the old data alone."""

from datetime import datetime
from pathlib import Path
from typing import cast

import click
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy import Engine, Table, create_engine, func, make_url, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.cli.backups import meter, schema_of, sqlite_path
from app.cli.database import alembic_config
from app.cli.plain_errors import plainly
from app.core import backup_manifest, backup_postgres, backup_sqlite
from app.core.backup_manifest import SQLITE, BadBackup, Manifest
from app.core.clock import db_now
from app.core.columns import Row
from app.core.crypto import keyring
from app.core.db import db, enter_practice, transaction
from app.core.errors import Conflict
from app.core.postgres_tools import find_tools
from app.core.settings import current_settings
from app.models.event import SYSTEM, record
from app.models.message import Message
from app.models.practice import Practice
from app.models.secret import PortalSession
from app.models.staff_session import StaffSession

OTHER_KIND = (
    "This backup is of {its}, and DATABASE_URL names {ours}. Set it to a database of {its}."
)
NEWER = "This backup has schema {schema}, which this Touchline does not know. Update it first."
NEXT = (
    "Users who were disabled and tokens that were revoked since then are back: do that again.\n"
    "No text leaves until every practice was compared with the carrier. Now, before you start Touchline:\n"
    "    flask --app wsgi doctor --reconcile"
)


def register(app: Flask) -> None:
    app.cli.add_command(restore)


@click.command("restore")
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@click.option(
    "--replace", is_flag=True, help="The database holds practices: set them aside for the backup."
)
@with_appcontext
def restore(source: Path, replace: bool) -> None:
    """Put the backup in the folder FROM in the database's place; sending stays off until it is reconciled."""
    with plainly():
        manifest = backup_manifest.read(source)
        _check(manifest)
        file = backup_manifest.check_file(manifest, source, progress=meter("Checking"))
        _say_what_goes(manifest, replace=replace)
        at = db_now()
        put = _put_sqlite if manifest.kind == SQLITE else _put_postgres
        aside = put(manifest, file, at)
        _tell_practices(manifest, at)
    click.echo(f"Restored as of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC.")
    if aside:
        click.echo(f"What was there before is kept: {aside}. Remove it when you are sure.")
    click.echo(NEXT)


def _check(manifest: Manifest) -> None:
    """Raise BadBackup for one that cannot be used here."""
    from alembic.script import ScriptDirectory  # heavy, and few processes need it

    ours = SQLITE if current_settings().is_sqlite else backup_manifest.POSTGRESQL
    if manifest.kind != ours:
        raise BadBackup(OTHER_KIND.format(its=manifest.kind, ours=ours))
    known = {
        each.revision for each in ScriptDirectory.from_config(alembic_config()).walk_revisions()
    }
    if manifest.schema not in known:
        raise BadBackup(NEWER.format(schema=manifest.schema))
    backup_manifest.check_keys(manifest, keyring())


def _owner_url() -> str:
    settings = current_settings()
    return settings.database_owner_url or settings.database_url


def _say_what_goes(manifest: Manifest, *, replace: bool) -> None:
    """Say which practices stand in the database, and what of theirs the backup lacks. Raises Conflict
    unless they may be replaced."""
    lost = _there_now(manifest.taken_at)
    if not lost:
        return
    words = "\n".join(f"  {line}" for line in lost)
    if not replace:
        raise Conflict(
            f"The database is in use:\n{words}\nTo set it aside for this backup, add --replace."
        )
    click.echo(f"These will be set aside:\n{words}", err=True)


def _there_now(taken_at: datetime) -> list[str]:
    """One line per practice in the database as it is, and how many messages it has that the backup lacks."""
    url = _owner_url()
    if current_settings().is_sqlite and not sqlite_path(url).exists():
        return []
    newer = (
        select(func.count())
        .where(Message.practice_id == Practice.id, Message.created_at > taken_at)
        .scalar_subquery()
    )
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if not engine.dialect.has_table(connection, Practice.__tablename__):
                return []
            rows = connection.execute(select(Practice.slug, newer).order_by(Practice.slug)).all()
    except SQLAlchemyError as error:
        if not current_settings().is_sqlite:
            raise
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        return [f"a database that cannot be read ({reason})"]
    finally:
        engine.dispose()
    return [f"{slug}: {count} messages since the backup" for slug, count in rows]


def _put_sqlite(manifest: Manifest, file: Path, at: datetime) -> str:
    """Ready beside the database, then in its place. Returns where the old one is kept, "" without one."""
    database = sqlite_path(_owner_url())
    _let_go()
    aside = database.with_name(f"{database.name}.before-restore-{at:%Y%m%dT%H%M%SZ}")
    kept = database.exists()
    with backup_sqlite.alone(database):
        made = backup_sqlite.prepare(file, database)
        try:
            _make_ready(f"sqlite:///{made}", manifest, at)
            backup_sqlite.swap(made, database, aside)
        finally:
            backup_sqlite.discard(made)
    return str(aside) if kept else ""


def _put_postgres(manifest: Manifest, file: Path, at: datetime) -> str:
    """Loaded into a schema of its own, then swapped with the live one."""
    url = _owner_url()
    _let_go()
    engine = create_engine(url)
    aside = f"before_restore_{at:%Y%m%d_%H%M%S}"
    try:
        with engine.connect() as connection:
            backup_postgres.check_alone(connection)
            major, _ = backup_postgres.server_version(connection)
        tools = find_tools(major)
        backup_postgres.discard(engine)  # of a restore that was killed
        try:
            click.echo("Loading the dump.", err=True)
            backup_postgres.load(url, file, tools)
            _make_ready(_staged(url), manifest, at)
            kept = backup_postgres.swap(engine, aside)
        finally:
            backup_postgres.discard(engine)
    finally:
        engine.dispose()
    return f"the schema {aside}" if kept else ""


def _staged(url: str) -> str:
    """The same database with the staged schema in front."""
    path = f"-csearch_path={backup_postgres.STAGED}"
    return make_url(url).update_query_dict({"options": path}).render_as_string(hide_password=False)


def _make_ready(url: str, manifest: Manifest, at: datetime) -> None:
    """Bring a copy to the newest schema and stop every practice in it, before anybody can use it."""
    from alembic import command

    engine = create_engine(url)
    try:
        if schema_of(engine) != manifest.schema:
            raise BadBackup("The schema in the backup is not the one its manifest names.")
        config = alembic_config()
        config.attributes["url"] = url
        command.upgrade(config, "head")
        _stop_sending(engine, manifest, at)
    finally:
        engine.dispose()


def _stop_sending(engine: Engine, manifest: Manifest, at: datetime) -> None:
    """Of a backup of a backup the older moment holds: nobody compared what came after it.

    Whoever was signed in then signs in again: they may have signed out since.
    """
    practice = cast(Table, Practice.__table__)
    stopped = func.coalesce(practice.c.restored_from, manifest.taken_at)
    with engine.begin() as connection:
        connection.execute(update(practice).values(restored_from=stopped, restored_at=at))
        for session in (StaffSession, PortalSession):
            ended = cast(Table, session.__table__)
            connection.execute(update(ended).where(ended.c.ended_at.is_(None)).values(ended_at=at))


def _tell_practices(manifest: Manifest, at: datetime) -> None:
    """An Event for each, in the database as it is now."""
    of = manifest.taken_at.isoformat()
    for practice_id in db.session.scalars(select(Practice.id)).all():
        with transaction():
            enter_practice(practice_id)
            practice = db.session.get_one(Practice, practice_id)
            subject = cast(Row, practice)  # no Row: it is the practice that rows belong to
            record(
                subject, "practice.restored", by=SYSTEM, at=at, backup_of=of, schema=manifest.schema
            )


def _let_go() -> None:
    """Close our own connections: they would be somebody else's."""
    db.session.close()
    for engine in db.engines.values():
        engine.dispose()
