"""A reply that still waits to leave: other words, another time, and putting back what was taken back."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import queued_texts
from app.actions.reply_preview import problems_of
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.models.message import Channel, Message
from app.web.answers import done
from app.web.display import zone_here
from app.web.moment import now
from app.web.reply_form import send_after
from app.web.session import staff_blueprint, viewer
from app.web.thread_words import state_words
from messaging import segments

bp = staff_blueprint("queued_texts", __name__, url_prefix="/messages/<uuid:message_id>")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.tests["changeable"] = queued_texts.may_change
    app.add_template_global(zone_name)
    app.add_template_filter(segments.cost_of, "text_cost")


def zone_name() -> str:
    """What people call the practice's zone now: PST."""
    return f"{now().astimezone(ZoneInfo(zone_here())):%Z}"


def found(message_id: UUID) -> Message:
    return access.message_for(viewer(), message_id)


def thread_of(message: Message) -> str:
    return url_for("inbox.one", conversation_id=message.conversation_id)


@bp.get("/change")
def page(message_id: UUID) -> str:
    message = found(message_id)
    if message.patient_id is not None:
        access.seen(viewer(), [message.patient_id], through="thread")
    if not queued_texts.may_change(message):
        raise Conflict(queued_texts.GONE)
    return render_template("inbox/change.html", message=message, planned=planned(message))


def planned(message: Message) -> str:
    """The chosen time as the form's field holds it; "" when it has come already."""
    if message.send_after is None or message.send_after <= now():
        return ""
    return f"{message.send_after.astimezone(ZoneInfo(zone_here())):%Y-%m-%dT%H:%M}"


@bp.post("/change/check")
def check(message_id: UUID) -> str:
    """What would happen to the changed text. A POST, so that its words stand in no address or log."""
    message, body = found(message_id), request.form.get("body", "")
    try:
        later = send_after(request.form.get("send_after", ""))
        verdict = queued_texts.preview(message, body=body, send_after=later, at=later or now())
    except Invalid as error:
        return render_template("inbox/_change_check.html", problem=error.person_text)
    problems = problems_of(body, message.channel, message.patient, message.practice_id)
    counted = segments.count(segments.fold(body.strip()))
    return render_template(
        "inbox/_change_check.html", verdict=verdict, later=later, body=body, problems=problems,
        counted=counted if message.channel is Channel.SMS else None,
    )  # fmt: skip


@bp.route("/change", methods=["POST", "PUT"])
def update(message_id: UUID) -> Response:
    later: datetime | None = send_after(request.form.get("send_after", ""))
    with transaction():
        message = queued_texts.change(
            found(message_id), body=request.form.get("body", ""), send_after=later,
            seen=request.form.get("seen", ""), by=viewer().actor, at=now(),
        )  # fmt: skip
    return done(f"Changed. {state_words(message)}", then=thread_of(message))


@bp.delete("/cancellation")
def put_back(message_id: UUID) -> Response:
    with transaction():
        message = queued_texts.put_back(found(message_id), by=viewer().actor, at=now())
    return done(f"Put back. {state_words(message)}", then=thread_of(message))
