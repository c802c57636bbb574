"""Texts that did not arrive: the list, what can be done about each, and the mark on the board."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import access
from app.actions import undelivered
from app.core.db import transaction
from app.core.errors import NotFound
from app.models.message import Message
from app.queries import undelivered as reads
from app.web.answers import Undo, done
from app.web.display import is_fragment
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.thread_words import state_words
from messaging.delivery import MessageStatus
from messaging.delivery_errors import policy_for

bp = staff_blueprint("undelivered", __name__, url_prefix="/messages")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.tests["worth_a_new_try"] = undelivered.may_try_again
    app.add_template_filter(lost_words)
    app.add_template_global(lost_mark)


@bp.get("/undelivered")
def index() -> str:
    pages = request.args.get("pages", 1, type=int)
    found = reads.lost_texts(viewer(), at=now(), pages=pages)
    page = "messages/_undelivered.html" if is_fragment() else "messages/undelivered.html"
    return render_template(page, found=found, pages=pages)


@bp.get("/undelivered/mark")
def mark() -> str:
    """The board's mark, for its own refreshes."""
    return lost_mark()


def lost_mark() -> Markup:
    """How many texts this person's patients did not get; an alarm when the oldest waits too long."""
    found = reads.lost(viewer(), at=now())
    practice = signed_in().practice
    sounds = found.since is not None and undelivered.is_alarm(practice, found.since, at=now())
    return Markup(  # noqa: S704 - our own template's output
        render_template("messages/_mark.html", found=found, sounds=sounds)
    )


@bp.post("/<uuid:message_id>/retry")
def retry(message_id: UUID) -> Response:
    with transaction():
        again = undelivered.try_again(ours(message_id), by=viewer(), at=now())
    undo = None
    if again.status is MessageStatus.QUEUED:
        undo = Undo(url_for("conversations.take_back", message_id=again.id))
    return done(f"Tried again. {state_words(again)}", then=url_for("undelivered.index"), undo=undo)


@bp.post("/<uuid:message_id>/dealing")
def deal_with(message_id: UUID) -> Response:
    with transaction():
        undelivered.deal_with(ours(message_id), by=viewer().actor, at=now())
    undo = Undo(url_for("undelivered.take_back", message_id=message_id))
    return done("Dealt with.", then=url_for("undelivered.index"), undo=undo)


@bp.delete("/<uuid:message_id>/dealing")
def take_back(message_id: UUID) -> Response:
    with transaction():
        undelivered.take_back(ours(message_id), by=viewer().actor, at=now())
    return done("Back in the list.", then=url_for("undelivered.index"))


def ours(message_id: UUID) -> Message:
    message = access.message_for(viewer(), message_id)
    if message.is_inbound:
        raise NotFound
    return message


def lost_words(entry: reads.LostText) -> str:
    """Why it did not arrive, in plain words."""
    message = entry.message
    if message.status is MessageStatus.IN_DOUBT:
        return (
            "The phone company’s answer was lost, and it can’t be asked yet. It may have arrived."
        )
    if entry.is_unsure:
        return (
            "The phone company’s answer was lost, and its list does not tell. It may have arrived."
        )
    if message.error_code is not None:
        return policy_for(message.error_code).person_text
    if message.status is MessageStatus.EXPIRED:
        return "Its time passed before it could leave, so it was not sent."
    if not message.attempts:
        return "It broke before it could leave. Tell the administrator."
    return policy_for(None).person_text
