"""The patient's own copy: their messages and every contact recorded about them, as a file to keep. The
patient may read all of it, so nothing is shortened; no id of ours is in it."""

import csv
import io
import json
from collections.abc import Callable

from app.exports.cells import safe_cell
from app.models.media import Media
from app.models.viewer import Viewer
from app.queries import portal
from app.queries.ledger import utc_text
from app.value.commitments import Plain
from messaging.media_types import BY_MIME, declared_kind

Rows = list[dict[str, Plain]]


def messages(viewer: Viewer) -> Rows:
    """Every message of the patient's thread, oldest first; times in UTC."""
    return [
        {
            "at": utc_text(said.at),
            "from": "you" if said.message.is_inbound else _writer(said),
            "channel": said.message.channel.value,
            "text": said.message.body,
            "files": ", ".join(map(_kind, said.files)),
        }
        for said in portal.thread(viewer, limit=None)
    ]


def contacts(viewer: Viewer) -> Rows:
    """Every contact that stands in the ledger, newest first; times in UTC, lengths in seconds."""
    return [
        {
            "started_at": utc_text(row.started_at),
            "ended_at": utc_text(row.ended_at),
            "with": contact.staff.name if contact.staff else row.actor_kind.value,
            "channel": row.channel,
            "direction": row.direction,
            "about": row.activity_type,
            "outcome": row.contact_outcome,
            "seconds": row.seconds,
            "recorded_at": utc_text(row.recorded_at),
        }
        for contact in portal.contacts(viewer)
        for row in (contact.touchpoint,)
    ]


ROWS: dict[str, Callable[[Viewer], Rows]] = {"messages": messages, "contacts": contacts}
HEADERS = {
    "messages": ("at", "from", "channel", "text", "files"),
    "contacts": ("started_at", "ended_at", "with", "channel", "direction", "about", "outcome",
                 "seconds", "recorded_at"),
}  # fmt: skip


def written(viewer: Viewer, noun: str, kind: str) -> tuple[str, str]:
    """The file and its content type; `kind` is csv (safe to open in a spreadsheet) or json (exact)."""
    rows = ROWS[noun](viewer)
    if kind == "json":
        return json.dumps(
            rows, ensure_ascii=False, indent=2
        ) + "\n", "application/json; charset=utf-8"
    out = io.StringIO(newline="")
    _write_csv(HEADERS[noun], rows, out)
    # A byte order mark, so that spreadsheet programs read accents as they were written.
    return "\ufeff" + out.getvalue(), "text/csv; charset=utf-8"


def _write_csv(header: tuple[str, ...], rows: Rows, out: io.StringIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe_cell(row[name]) for name in header] for row in rows)


def _kind(file: Media) -> str:
    """picture, document, …; what it was said to be when it is not here."""
    known = BY_MIME.get(file.found_type or "")
    return known.kind if known else declared_kind(file.declared_type) or "file"


def _writer(said: portal.Said) -> str:
    return said.author.name if said.author else "practice (automatic)"
