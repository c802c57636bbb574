"""The patient's side of the one thread: what was said on every channel, answer buttons under an open
question, and a place to write. Live by pokes and every 30 s."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import access
from app.actions import inbound, questions
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.ids import new_id
from app.models.message import Message
from app.models.viewer import Viewer
from app.queries import portal
from app.web import security
from app.web.answers import way_back
from app.web.display import is_fragment
from app.web.moment import now
from app.web.portal import opening, session
from app.web.portal.errors import said

bp = session.patient_blueprint("portal_chat", __name__)
#: Somebody who types; more is a script.
PER_PATIENT = "60/10 minute"
_LONGEST_KEY = 60


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/portal/my/chat")
def page() -> str:
    """The thread; a fragment when htmx asks."""
    form = "portal/_thread.html" if is_fragment() else "portal/chat.html"
    return render_template(form, **thread_of(session.viewer()), **composer())


@bp.get("/portal/my/chat/earlier")
def earlier() -> str:
    """The page of messages before `before`."""
    before = moment_of(request.args.get("before", ""))
    return render_template("portal/earlier.html", **thread_of(session.viewer(), before=before))


@bp.post("/portal/my/chat/messages")
def create_message() -> AnyResponse:
    """Write to the care team. The form's key makes a double click one message."""
    body = request.form.get("body", "")
    key = request.form.get("key", "")[:_LONGEST_KEY] or str(new_id())
    security.check_rate(PER_PATIENT, "portal-writes", str(session.viewer().id))
    try:
        with transaction():
            inbound.receive_portal(session.myself(), body, at=now(), send_key=own_key("say", key))
    except Invalid as refused:
        return answer(composer(body=body, key=key, error=said(refused)), status=422)
    return answer(composer() | {"was_sent": True})


@bp.post("/portal/my/questions/<uuid:message_id>/answer")
def create_answer(message_id: UUID) -> AnyResponse:
    """Press one of the buttons under a question."""
    chosen = request.form.get("key", "")
    security.check_rate(PER_PATIENT, "portal-writes", str(session.viewer().id))
    with transaction():
        asked = access.message_for(session.viewer(), message_id)
        label = label_of(asked, chosen)
        inbound.receive_portal(
            session.myself(), label, at=now(), answers=asked, key=chosen,
            send_key=own_key("answer", f"{message_id}:{chosen}"),
        )  # fmt: skip
    return answer(None)


def thread_of(viewer: Viewer, *, before: datetime | None = None) -> Mapping[str, object]:
    """What the thread fragment draws."""
    said_ = portal.thread(viewer, before=before)
    asked = [] if before else questions.open_questions(
        viewer.practice_id, patient_ids=[session.signed_in().patient.id], at=now()
    )  # fmt: skip
    return {
        "thread": said_,
        "open_questions": {message.id for message in asked},
        "has_earlier": len(said_) == portal.PAGE,
        "topic": f"patient:{session.signed_in().patient.id}",
        "me": session.signed_in(),
        "closed": opening.closed_note(session.signed_in().practice),
    }


def composer(*, body: str = "", key: str = "", error: str = "") -> dict[str, object]:
    """The writing place, with a fresh key unless the last try failed."""
    return {"body": body, "key": key or str(new_id()), "error": error}


def own_key(kind: str, key: str) -> str:
    """A patient's key can't meet another's."""
    return f"portal:{session.signed_in().patient.id}:{kind}:{key}"


def label_of(asked: Message, key: str) -> str:
    """The words on the button; raises Invalid when there is no such button."""
    for option in (asked.asked or {}).get("options", []):
        if str(option["key"]) == key:
            label = str(option["label"])
            return label[:1].upper() + label[1:]
    raise Invalid("This question is no longer open. Write to us instead.", field="key")


def answer(form: dict[str, object] | None, *, status: int = 200) -> AnyResponse:
    """Fresh fragments for htmx (the writing place when there is one, and the thread), else the page."""
    if not is_fragment():
        if status == 200:
            return redirect(way_back(url_for("portal_chat.page")), 303)
        page_ = render_template("portal/chat.html", **thread_of(session.viewer()), **(form or {}))
        return make_response(page_, status)
    parts = "portal/after_writing.html" if form is not None else "portal/_thread.html"
    drawn: Response = make_response(
        render_template(parts, **thread_of(session.viewer()), **(form or composer())), status
    )
    return drawn


def moment_of(text: str) -> datetime:
    """A moment from an address. Raises Invalid."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid("Choose one of the answers shown.")
    return found
