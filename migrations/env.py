"""Runs migrations over the app's owner connection. On SQLite foreign keys are switched off before the
transaction, because a batch migration rebuilds tables and would cascade through them."""

from alembic import context
from sqlalchemy import create_engine, text

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


def run() -> None:
    """Upgrade or compare over one connection."""
    settings = current_settings()
    url = settings.database_owner_url or settings.database_url
    engine = create_engine(
        context.config.attributes.get("url", url)
    )  # a backup is migrated beside it
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        else:
            for statement in PG_TIMEOUTS:
                connection.execute(text(statement))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=is_sqlite,
            compare_type=True,
            compare_server_default=False,
            render_item=render_item,
            include_object=is_described,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
