"""The doctor's page, an admin's: each check is a fragment of its own, so that one that hangs holds up nothing
else. Where something can be put right from here, there is a button."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from uuid import UUID

from flask import Flask, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import practice_changes
from app.actions.doctor import agreement, lines, machine, reach, server
from app.actions.doctor.finding import Finding, made, warned
from app.core.db import db, transaction
from app.core.errors import ConfigError, Conflict, Invalid
from app.core.ids import new_id
from app.core.settings import current_settings
from app.models.event import record
from app.models.user import Role, SignIn
from app.queries.practice_set_up import line_for
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer
from messaging import mail
from messaging.carriers.errors import SendError
from messaging.mail import Letter, MailError

bp = staff_blueprint("doctor", __name__, url_prefix="/settings/doctor")
Check = Callable[[datetime], Iterator[Finding]]


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def check_admin() -> None:
    viewer().check_role(Role.ADMIN)


def of_lines(at: datetime) -> Iterator[Finding]:
    return lines.check_lines(at, viewer().practice_id)


def of_lost_texts(at: datetime) -> Iterator[Finding]:
    found = list(lines.check_lost_texts(at, viewer().practice_id))
    yield from found or [warned("texts that did not arrive", True, "none that nobody has seen to")]


def of_search(at: datetime) -> Iterator[Finding]:
    return server.check_search(at, viewer().practice_id)


def of_ledger(at: datetime) -> Iterator[Finding]:
    return machine.check_ledger(at, viewer().practice_id)


def of_agreement(at: datetime) -> Iterator[Finding]:
    return agreement.check_agreement(at, viewer().practice_id)


CHECKS: dict[str, tuple[str, Check]] = {
    "lines": ("Lines", of_lines),
    "texts": ("Texts that did not arrive", of_lost_texts),
    "worker": ("Worker", server.check_worker),
    "reach": ("Reachable by https", reach.check_https),
    "mail": ("E-mail", reach.check_mail),
    "agreement": ("Agreement (BAA)", of_agreement),
    "database": ("Database", server.check_database),
    "settings": ("Settings", server.check_settings),
    "redis": ("Redis", machine.check_redis),
    "clock": ("Clock", server.check_clock),
    "disk": ("Disk", machine.check_disk),
    "folders": ("Folders", machine.check_folders),
    "backup": ("Backup", machine.check_backup),
    "ledger": ("Ledger", of_ledger),
    "search": ("Search", of_search),
}


@bp.get("")
def page() -> str:
    return render_template(
        "doctor/page.html", checks=[(name, title) for name, (title, _) in CHECKS.items()]
    )


@bp.get("/<check>")
def fragment(check: str) -> str | tuple[str, int]:
    """One check, made now. A check that breaks is a finding too."""
    if check not in CHECKS:
        return "", 404
    title, run = CHECKS[check]
    return render_template(
        "doctor/_check.html", check=check, title=title, findings=made(title, lambda: run(now())),
        practice=signed_in().practice, can_mail=bool(current_settings().smtp_url),
    )  # fmt: skip


def back(words: str, kind: str = "success") -> Response:
    flash(words, kind)
    return redirect("/settings/doctor", 303)


@bp.post("/lines/<uuid:line_id>/addresses")
def point(line_id: UUID) -> Response:
    """Set our addresses at the carrier: asked for by a person, and nothing is sent to anybody."""
    line, practice = line_for(viewer(), line_id), signed_in().practice
    try:
        lines.point_here(line, practice)
    except (SendError, ConfigError) as error:
        raise Conflict(f"The addresses could not be set: {error.person_text}") from None
    with transaction():
        record(line_for(viewer(), line_id), "line.pointed_here", by=viewer().actor, at=now())
    return back("The carrier calls us now.")


@bp.post("/mail")
def send_test() -> Response:
    """A letter to whoever asks, at once, so that its refusal can be shown."""
    settings = current_settings()
    if not settings.smtp_url or not settings.mail_from:
        raise Conflict("This server sends no e-mail: set SMTP_URL and MAIL_FROM.")
    address = db.session.get_one(SignIn, signed_in().sign_in_id).email
    db.session.rollback()  # nothing of ours stays open while it answers
    letter = Letter(
        to=address, sender=settings.mail_from, subject=reach.TEST_SUBJECT, text=reach.TEST_WORDS,
        message_id=f"{new_id()}@touchline",
    )  # fmt: skip
    try:
        mail.send(letter, settings.smtp_url)
    except MailError as error:
        raise Conflict(f"The mail server did not take it ({error.detail}).") from None
    return back(f"A test is on its way to {address}.")


@bp.post("/agreement")
def note_agreement() -> Response:
    with_whom = request.form.get("baa_with", "").strip()[:120]
    try:
        on = date.fromisoformat(request.form.get("baa_on", ""))
    except ValueError:
        raise Invalid("Choose the day it was signed.", field="baa_on") from None
    if not with_whom or on > today(signed_in().practice.time_zone):
        raise Invalid("Say with whom, and a day that is not to come.", field="baa_with")
    with transaction():
        practice_changes.update(
            access.practice_of(viewer()), by=viewer().actor, at=now(), baa_with=with_whom, baa_on=on
        )
    return back("Noted.")
