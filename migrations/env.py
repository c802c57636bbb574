"""Runs migrations over the app's owner connection, all in one transaction on either database: one that
fails leaves the schema as it was. On SQLite foreign keys are switched off before it, because a batch
migration rebuilds tables and would cascade through them."""

from alembic import context
from alembic.runtime.migration import MigrationInfo
from sqlalchemy import Connection, create_engine, event, text

from app.core.settings import current_settings
from app.models.registry import metadata

PG_TIMEOUTS = ("SET lock_timeout = '2s'", "SET statement_timeout = '15min'")


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write our own types by their frozen stand-ins in `migrations.columns`."""
    name = type(item).__name__
    if kind == "type" and name in ("UtcDateTime", "EncryptedText"):
        return f"columns.{name}()"
    if kind == "type" and name == "JSON":
        return "columns.Json()"
    return False


def is_described(_object: object, name: str | None, *_: object) -> bool:
    """Full text is each database's own: SQLite's tables and PostgreSQL's index have no model."""
    return not (name or "").startswith("search_words")


def note(*, step: MigrationInfo, **_: object) -> None:
    """Tell whoever asked for the upgrade which steps it took, and what they say of themselves."""
    ran = context.config.attributes.get("ran")
    if ran is not None and step.is_upgrade:
        ran.append((step.up_revision_id, str(step.up_revision.doc if step.up_revision else "")))


def begin_at_once(connection: Connection) -> None:
    """Python's driver begins at the first write of a row only, so that a table would stay half changed."""
    connection.connection.driver_connection.isolation_level = None
    event.listen(connection, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))


def run() -> None:
    """Upgrade or compare over one connection."""
    settings = current_settings()
    url = settings.database_owner_url or settings.database_url
    engine = create_engine(
        context.config.attributes.get("url", url)
    )  # a backup is migrated beside it
    try:
        with engine.connect() as connection:
            work_on(connection, is_sqlite=engine.dialect.name == "sqlite")
    finally:
        engine.dispose()


def work_on(connection: Connection, *, is_sqlite: bool) -> None:
    if is_sqlite:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.commit()
        begin_at_once(connection)
    else:
        for statement in PG_TIMEOUTS:
            connection.execute(text(statement))
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=is_sqlite,
        transactional_ddl=True,
        compare_type=True,
        compare_server_default=False,
        render_item=render_item,
        include_object=is_described,
        on_version_apply=note,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
