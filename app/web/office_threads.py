"""The thread of a referring office: opening it, and tying what the office wrote to one of its referrals."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import office_threads
from app.core.db import transaction
from app.queries.office_threads import ITEMS, item_for, referrals_of, tied
from app.queries.offices import office_for
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("office_threads", __name__)
bp.before_request(lambda: viewer().check_staff())
HERE = (
    f"/conversations/<uuid:conversation_id>/<any({', '.join(ITEMS)}):kind>/<uuid:item_id>/referral"
)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/offices/<uuid:office_id>/conversation")
def create(office_id: UUID) -> Response:
    """The office's thread, opened when there is none yet."""
    with transaction():
        office = office_for(viewer(), office_id)
        thread = office_threads.open_thread(office, at=now())
    page = url_for("inbox.one", conversation_id=thread.id)
    answer = done(f"Write to {office.name}.", then=page)
    if answer.status_code == 204:
        answer.headers["HX-Redirect"] = page
    return answer


@bp.get(HERE)
def page(conversation_id: UUID, kind: str, item_id: UUID) -> str:
    """Which of the office's referrals is it about?"""
    conversation = access.conversation_for(viewer(), conversation_id, through="thread")
    return render_template(
        "inbox/about.html", conversation=conversation, item=item_for(viewer(), kind, item_id),
        kind=kind, current=tied(viewer(), conversation).get(item_id),
        choices=referrals_of(viewer(), conversation.referrer_id),
    )  # fmt: skip


@bp.post(HERE)
def tie(conversation_id: UUID, kind: str, item_id: UUID) -> Response:
    with transaction():
        item = item_for(viewer(), kind, item_id)
        referral = access.referral_for(viewer(), request.form.get("referral_id", ""))
        office_threads.tie(item, referral, by=viewer(), at=now())
        name = referral.patient.name
    here = url_for("office_threads.untie", conversation_id=conversation_id, kind=kind,
                   item_id=item_id, referral_id=referral.id)  # fmt: skip
    return done(
        f"It is about {name}.", then=url_for("inbox.one", conversation_id=conversation_id),
        undo=Undo(here),
    )  # fmt: skip


@bp.delete(HERE)
def untie(conversation_id: UUID, kind: str, item_id: UUID) -> Response:
    """It was about something else."""
    with transaction():
        item = item_for(viewer(), kind, item_id)
        referral = access.referral_for(viewer(), request.args.get("referral_id", ""))
        office_threads.untie(item, referral, by=viewer().actor, at=now())
    return done(
        "Not tied to a referral.", then=url_for("inbox.one", conversation_id=conversation_id)
    )
