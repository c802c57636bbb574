"""The bounce sweep: e-mails that come back lie in a Maildir (`MAIL_BOUNCES`), where the mail server puts what
is sent to MAIL_FROM. Each is read, takes effect, and is marked as seen; none is deleted."""

from pathlib import Path

from app.actions import bounces
from app.core.clock import db_now
from app.core.db import transaction
from app.core.log import logger
from app.core.settings import current_settings
from messaging.bounces import LARGEST, read

log = logger("bounces")
BATCH = 100


def take_in_new() -> int:
    """Read what is new in the Maildir. Returns how many e-mails of ours came back."""
    folder = current_settings().mail_bounces
    if not folder:
        return 0
    found = 0
    for path in sorted(path for path in (Path(folder) / "new").glob("*") if path.is_file())[:BATCH]:
        try:
            found += take_in(_content(path))
            _mark_seen(path)
        except OSError:  # somebody else took it, or the disk: the next sweep looks again
            log.exception("a bounce could not be read")
    return found


def take_in(raw: bytes) -> int:
    """Let one e-mail take effect. Reading it again changes nothing."""
    done = 0
    for bounce in read(raw):
        with transaction():
            done += bounces.take_in(bounce, at=db_now())
    return done


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _mark_seen(path: Path) -> None:
    """As mail readers do: from new to cur, with the flag S."""
    name = path.name if ":2," in path.name else f"{path.name}:2,S"
    target = path.parent.parent / "cur" / name
    target.parent.mkdir(exist_ok=True)
    path.replace(target)
