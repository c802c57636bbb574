"""The inbox: who waits longest comes first, the thread stands beside the list. What can be done in a thread
lives in `conversations`."""

from uuid import UUID

from flask import Flask, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app import access
from app.models.conversation import Conversation
from app.models.message import Channel
from app.queries import inbox as reads
from app.queries.board_choices import owners
from app.queries.office_threads import tied
from app.queries.patient_search import clean_search
from app.queries.thread import last_heard_through, thread
from app.web.moment import now
from app.web.reply_form import snooze_choices, starters
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("inbox", __name__)
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals["UNTIL_THEY_WRITE"] = reads.UNTIL_THEY_WRITE


@bp.get("/inbox")
def page() -> str:
    return render_template("inbox/page.html", listed=listed(None), thread=None, conversation=None)


@bp.get("/inbox/<uuid:conversation_id>")
def one(conversation_id: UUID) -> str | Response:
    conversation = access.conversation_for(viewer(), conversation_id, through="thread")
    if conversation.id != conversation_id:  # its record was merged into another
        return redirect(url_for("inbox.one", conversation_id=conversation.id))
    return render_template(
        "inbox/page.html", listed=listed(conversation_id), conversation=conversation,
        thread=drawn(conversation), owners=owners(viewer()), starters=starters(conversation),
        snoozes=snooze_choices(signed_in().practice.time_zone), way=usual_way(conversation),
    )  # fmt: skip


def usual_way(conversation: Conversation) -> Channel:
    """Where an answer is looked for: as the link says, the way they wrote last, else the one they prefer."""
    patient = conversation.patient
    if patient is None:
        return Channel.SMS
    if request.args.get("way") in list(Channel):
        return Channel(request.args["way"])
    return last_heard_through(viewer(), conversation) or Channel(patient.preferred_channel)


@bp.get("/inbox/list")
def fragment() -> str:
    """The list alone, for its own refreshes."""
    here = request.args.get("here", type=UUID)
    return listed(here)


@bp.get("/conversations/<uuid:conversation_id>")
def messages(conversation_id: UUID) -> str:
    """The thread alone: what refreshes beside a half-typed reply."""
    conversation = access.conversation_for(viewer(), conversation_id, through="thread")
    return drawn(conversation)


def listed(here: UUID | None) -> str:
    view = request.args.get("view", "waiting")
    view = view if view in reads.VIEWS else "waiting"
    q, pages = clean_search(request.args.get("q", "")), request.args.get("pages", 1, type=int)
    found = reads.inbox(viewer(), view, at=now(), q=q, pages=pages)
    before, after = reads.neighbours(found, here)
    return Markup(  # noqa: S704 - our own template's output
        render_template(
            "inbox/_list.html", inbox=found, here=here, q=q, pages=pages, before=before, after=after
        )
    )


def drawn(conversation: Conversation) -> str:
    pages = request.args.get("older", 1, type=int)
    story = thread(viewer(), conversation, pages=pages)
    return Markup(  # noqa: S704 - our own template's output
        render_template(
            "inbox/_thread.html",
            conversation=conversation,
            story=story,
            pages=pages,
            tied=tied(viewer(), conversation),
        )
    )
