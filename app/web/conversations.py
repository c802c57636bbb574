"""What staff do in a thread, each a small resource: replies, notes, owner, snooze, settlement, and finding
out who an unknown number is."""

from datetime import datetime
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import conversations, messages, queued_texts, refiling, waits
from app.actions.reply_preview import preview_reply
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.conversation import Conversation
from app.models.message import Channel, Message
from app.queries import patient_search
from app.queries.who_suggestions import suggested
from app.web.answers import Undo, done
from app.web.display import when
from app.web.moment import now
from app.web.reply_form import send_after, snooze_until
from app.web.session import staff_blueprint, viewer
from app.web.thread_words import state_words
from messaging.delivery import MessageStatus

bp = staff_blueprint("conversations", __name__)
bp.before_request(lambda: viewer().check_staff())
HERE = "/conversations/<uuid:conversation_id>"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def found(conversation_id: UUID) -> Conversation:
    return access.conversation_for(viewer(), conversation_id, through="thread")


def page_of(conversation_id: UUID) -> str:
    return url_for("inbox.one", conversation_id=conversation_id)


def channel_of() -> str:
    chosen = request.form.get("channel", "")
    return chosen if chosen in list(Channel) else Channel.SMS


@bp.post(f"{HERE}/reply-check")
def check(conversation_id: UUID) -> str:
    """What would happen to the reply in the box. A POST, so that its words stand in no address or log."""
    later, body = request.form.get("send_after", ""), request.form.get("body", "")
    conversation = found(conversation_id)
    try:
        preview = preview_reply(
            conversation,
            channel=channel_of(),
            body=body,
            by=viewer(),
            at=now(),
            send_after=send_after(later),
        )
    except Invalid as error:
        return render_template("inbox/_check.html", problem=error.person_text, preview=None)
    return render_template(
        "inbox/_check.html", preview=preview, channel=channel_of(), body=body, problem=None,
        conversation=conversation,
    )  # fmt: skip


@bp.post(f"{HERE}/replies")
def reply(conversation_id: UUID) -> Response:
    later = send_after(request.form.get("send_after", ""))
    with transaction():
        message = messages.reply(
            found(conversation_id), channel=channel_of(), body=request.form.get("body", ""),
            by=viewer(), at=now(), send_after=later, send_key=send_key(conversation_id),
            seen=moment_seen(),
        )  # fmt: skip
    if message.status is MessageStatus.WITHHELD:
        return done(state_words(message), then=page_of(conversation_id))
    undo = None
    if message.status is MessageStatus.QUEUED:
        undo = Undo(url_for("conversations.take_back", message_id=message.id))
    return done(reply_words(message), then=page_of(conversation_id), undo=undo)


def send_key(conversation_id: UUID) -> str | None:
    """The form's own key, so that sending it twice is one message."""
    given = request.form.get("send_key", "").strip()[:64]
    return f"reply:{conversation_id}:{given}" if given else None


def moment_seen() -> datetime | None:
    """When the newest came that the page showed; what came since is not answered by this form."""
    try:
        shown = datetime.fromisoformat(request.form.get("seen", ""))
    except ValueError:
        return None
    return shown if shown.tzinfo is not None else None


def reply_words(message: Message) -> str:
    if message.due_at is not None and message.due_at > now():
        return f"Waiting to be sent {plain(when(message.due_at))}."
    return "Sent to the portal." if message.channel is Channel.PORTAL else "On its way."


def plain(markup: object) -> str:
    """The words of a <time> without its tags."""
    return getattr(markup, "striptags", lambda: str(markup))()


@bp.delete("/messages/<uuid:message_id>")
def take_back(message_id: UUID) -> Response:
    with transaction():
        message = access.message_for(viewer(), message_id)
        queued_texts.take_back(message, by=viewer().actor, at=now())
    undo = Undo(url_for("queued_texts.put_back", message_id=message_id))
    return done(
        "Taken back; it was not sent.", then=page_of(message.conversation_id),
        undo=undo if message.author_id else None,
    )  # fmt: skip


@bp.post(f"{HERE}/notes")
def note(conversation_id: UUID) -> Response:
    with transaction():
        body = request.form.get("body", "")
        conversations.add_note(found(conversation_id), body, by=viewer(), at=now())
    return done("Note added. Patients never see notes.", then=page_of(conversation_id))


@bp.route(f"{HERE}/owner", methods=["POST", "PUT"])
def assign(conversation_id: UUID) -> Response:
    wanted = request.form.get("owner_id", "")
    with transaction():
        owner = access.user_for(viewer(), wanted) if wanted else None
        conversations.assign(found(conversation_id), owner, by=viewer().actor, at=now())
    words = f"Now {owner.name} has it." if owner else "Nobody has it now."
    return done(words, then=page_of(conversation_id))


@bp.post(f"{HERE}/snooze")
def snooze(conversation_id: UUID) -> Response:
    until = snooze_until(request.form.get("until", ""))
    with transaction():
        conversations.snooze(
            found(conversation_id), until, by=viewer().actor, at=now(), seen=moment_seen()
        )
    undo = Undo(url_for("conversations.wake", conversation_id=conversation_id))
    return done("Snoozed. A new message wakes it.", then=page_of(conversation_id), undo=undo)


@bp.delete(f"{HERE}/snooze")
def wake(conversation_id: UUID) -> Response:
    with transaction():
        waits.wake(found(conversation_id), by=viewer().actor, at=now())
    return done("Back in the list.", then=page_of(conversation_id))


@bp.post(f"{HERE}/settlement")
def settle(conversation_id: UUID) -> Response:
    """No answer is needed."""
    with transaction():
        thread = found(conversation_id)
        waited = thread.waiting_since is not None
        conversations.settle(thread, by=viewer().actor, at=now(), seen=moment_seen())
    if thread.waiting_since is not None:
        return done("They wrote again meanwhile. Read that first.", then=page_of(conversation_id))
    undo = Undo(url_for("conversations.unsettle", conversation_id=conversation_id))
    words = "Settled: no answer needed." if waited else "Nobody was waiting here."
    return done(words, then=page_of(conversation_id), undo=undo if waited else None)


@bp.delete(f"{HERE}/settlement")
def unsettle(conversation_id: UUID) -> Response:
    with transaction():
        waits.unsettle(found(conversation_id), by=viewer().actor, at=now())
    return done("It waits for an answer again.", then=page_of(conversation_id))


@bp.get(f"{HERE}/people")
def people(conversation_id: UUID) -> str:
    """Who the unknown writer may be, with why we think so, and whoever a search finds."""
    conversation, q = found(conversation_id), patient_search.clean_search(request.args.get("q", ""))
    guesses = suggested(viewer(), conversation, today=now().date())
    results = patient_search.patients_like(viewer(), q)
    return render_template(
        "inbox/_people.html", conversation=conversation, guesses=guesses, found=results, q=q
    )


@bp.post(f"{HERE}/person")
def resolve(conversation_id: UUID) -> Response:
    with transaction():
        patient = access.patient_for(viewer(), request.form.get("patient_id", ""), through="intake")
        thread = refiling.resolve_intake(
            found(conversation_id), patient, by=viewer().actor, at=now()
        )
    answer = done(f"Filed with {patient.name}.", then=page_of(thread.id))
    if answer.status_code == 204:
        answer.headers["HX-Redirect"] = page_of(thread.id)
    return answer


@bp.post("/patients/<uuid:patient_id>/conversation")
def open_thread(patient_id: UUID) -> Response:
    """The patient's thread, opened when there is none yet."""
    with transaction():
        patient = access.patient_for(viewer(), patient_id, through="thread")
        thread = conversations.thread_of(patient, at=now())
    answer = done(f"Write to {patient.given_name}.", then=page_of(thread.id))
    if answer.status_code == 204:
        answer.headers["HX-Redirect"] = page_of(thread.id)
    return answer
