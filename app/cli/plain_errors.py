"""What went wrong, in one line a person can act on, with exit code 1; a bug still shows its traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.core.errors import TouchlineError
from messaging.errors import MessagingError


@contextmanager
def plainly() -> Iterator[None]:
    """Turn the errors we raise on purpose into a ClickException."""
    try:
        yield
    except (TouchlineError, MessagingError) as error:
        field = getattr(error, "field", None)
        option = f"--{str(field).replace('_', '-')}: " if field else ""
        raise click.ClickException(f"{option}{error.person_text}") from None
    except (OperationalError, ProgrammingError) as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "no answer"
        raise click.ClickException(
            f"The database cannot be used: {reason}. Check DATABASE_URL, then run "
            "`flask --app wsgi db upgrade`."
        ) from None


def read_secret_line(name: str) -> str:
    """The first line of standard input, without its line end. Raises ClickException when there is none."""
    text = sys.stdin.readline().rstrip("\r\n")
    if not text:
        raise click.ClickException(f"Give the {name} on standard input.")
    return text
