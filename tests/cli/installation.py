"""An installation of its own for tests that replace a whole database: nobody else is connected to it."""

import contextvars
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from click.testing import Result
from flask import Flask
from sqlalchemy import create_engine, text

from app.factory import create_app
from tests.conftest import dispose
from tests.databases import KIND, TestDatabase
from tests.server import ROOT
from tests.world import World, build_world

#: The newest step of the schema.
HEAD = max(step.name[:4] for step in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))
SLUGS = "SELECT slug FROM practice ORDER BY slug"


class Installation:
    """A database, and commands over it as an operator types them."""

    def __init__(self, database: TestDatabase, settings_of: Callable[..., Any]) -> None:
        self.database, self.settings_of = database, settings_of
        self.apps: list[Flask] = []

    def app(self, **replaced: Any) -> Flask:
        made = create_app(self.settings_of(self.database.url, **replaced))
        self.apps.append(made)
        return made

    def run(self, *args: object, **replaced: Any) -> Result:
        """One command in a process-like context of its own; its connections end with it."""
        app = self.app(**replaced)
        words = [str(arg) for arg in args]
        done = contextvars.Context().run(app.test_cli_runner().invoke, args=words)
        dispose(app)
        return done

    def well(self, *args: object, **replaced: Any) -> str:
        """A command that must succeed; what it printed."""
        done = self.run(*args, **replaced)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    def people(self, at: datetime) -> None:
        """The cast of tests/world.py in this database."""
        app = self.app()

        def build() -> World:
            with app.app_context():
                return build_world(at)

        contextvars.Context().run(build)
        dispose(app)

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """The answer to a question, or [] after a change."""
        engine = create_engine(self.database.url)
        try:
            with engine.begin() as connection:
                found = connection.execute(text(statement), values)
                return list(found) if found.returns_rows else []
        finally:
            engine.dispose()

    def close(self) -> None:
        for app in self.apps:
            dispose(app)
        self.database.close()


def folder_in(where: Path) -> Path:
    """The one backup in a folder."""
    (found,) = where.iterdir()
    return found


def slugs(installation: Installation) -> list[str]:
    return [row[0] for row in installation.rows(SLUGS)]


def litter(installation: Installation) -> list[str]:
    """What an unfinished restore would leave behind."""
    if KIND == "sqlite":
        path = Path(installation.database.url.removeprefix("sqlite:///"))
        return [each.name for each in path.parent.iterdir() if "restor" in each.name]
    schemas = installation.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%restor%'")
    return [row[0] for row in schemas]
