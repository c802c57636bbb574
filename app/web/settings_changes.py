"""The changes page: everything that was changed in the settings, with what stood there before; by person,
subject and day, and as a file."""

from datetime import UTC, date, datetime, timedelta

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.core.db import transaction
from app.models.event import record
from app.models.user import Role
from app.queries import settings_changes as reads
from app.web import change_words
from app.web.imports import as_file
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from messaging.quiet_hours import end_of_local_day

bp = staff_blueprint("settings_changes", __name__, url_prefix="/settings/changes")
bp.before_request(lambda: viewer().check_role(Role.LEAD, Role.ADMIN))
COLUMNS = ("at", "who", "what", "about", "field", "before", "after")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def page() -> str:
    found = reads.page(viewer(), wanted(), before=request.args.get("before", "")[:80])
    people = [*reads.people(viewer()), ("system", "The system or the command line")]
    return render_template(
        "settings/changes.html", found=found, words=change_words, people=people, form=request.args,
        asked={name: request.args[name] for name in FIELDS if request.args.get(name)},
    )  # fmt: skip


FIELDS = ("what", "who", "from_on", "to_on")


def wanted() -> reads.Wanted:
    """What the form asks for; odd days are left out."""
    zone, args = signed_in().practice.time_zone, request.args
    first, last = day(args.get("from_on", "")), day(args.get("to_on", ""))
    return reads.Wanted(
        args.get("what", ""), args.get("who", ""),
        since=end_of_local_day(first - timedelta(days=1), zone) if first else None,
        until=end_of_local_day(last, zone) if last else None,
    )  # fmt: skip


def day(text: str) -> date | None:
    """A day in the centuries anybody asks about."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


@bp.get("/file.csv")
def file() -> Response:
    """One row a field; that it was taken stands in the audit trail."""
    with transaction():
        found = reads.everything(viewer(), wanted())
        who = access.user_for(viewer(), str(viewer().id))
        record(who, "changes.fetched", by=viewer().actor, at=now(), rows=len(found.events))
    rows = [
        (stamp(event.at), change_words.actor(event, found.names), change_words.title(event),
         change_words.subject(event, found.names), each.field, each.before, each.after)
        for event in found.events
        for each in [*change_words.differences(event, found.names)] or [change_words.NOTHING]
    ]  # fmt: skip
    return as_file("changes.csv", COLUMNS, rows)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
