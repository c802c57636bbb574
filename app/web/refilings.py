"""Giving a message or a call to the right person: choose who, see exactly what happens, do it. DELETE takes
the last move back."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import misfiled, misfiled_calls, number_moves, refile_plan
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient
from app.queries import patient_search
from app.queries.incoming_calls import call_for
from app.web import refile_words
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("refilings", __name__)
bp.before_request(lambda: viewer().check_staff())
MESSAGE, CALL = "/messages/<uuid:message_id>/refiling", "/incoming-calls/<uuid:call_id>/refiling"


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.tests["misfilable"] = is_misfilable
    app.add_template_filter(refile_words.task_words)


def is_misfilable(subject: Message | IncomingCall) -> bool:
    """Whether it came in, and somebody said (or a rule did) whose it is."""
    if isinstance(subject, IncomingCall):
        return subject.patient_id is not None
    return subject.is_inbound and subject.patient_id is not None and subject.held_reason is None


@bp.get(MESSAGE)
def page(message_id: UUID) -> str:
    message = access.message_for(viewer(), message_id)
    wrong, right = whose(message), chosen()
    if right is None:
        return drawn(message, wrong)
    try:
        plan = refile_plan.plan(message, right)
    except Invalid as error:
        return drawn(message, wrong, problem=error.person_text)
    lines = refile_words.message_lines(plan, wrong)
    point = number_moves.point_of(message, wrong)
    return drawn(
        message, wrong, right=right, lines=lines, choices=plan.choices,
        number=message.phone_number if point else None, goes_along=number_moves.came_with(message, point),
    )  # fmt: skip


@bp.post(MESSAGE)
def create(message_id: UUID) -> Response:
    with transaction():
        message = access.message_for(viewer(), message_id)
        before = message.conversation_id
        patient = right_person()
        misfiled.refile(
            message, patient, by=viewer().actor, at=now(), seen=seen(),
            chosen=request.form.get("task_id", ""), with_number=request.form.get("number") == "yes",
        )  # fmt: skip
    undo = Undo(url_for("refilings.delete", message_id=message_id))
    return done(refile_words.moved_words(message, patient), then=thread(before), undo=undo)


@bp.delete(MESSAGE)
def delete(message_id: UUID) -> Response:
    with transaction():
        message = access.message_for(viewer(), message_id)
        before = message.conversation_id
        patient = came_from(message)
        misfiled.move_back(message, patient, by=viewer().actor, at=now())
    return done(refile_words.moved_words(message, patient), then=thread(before))


@bp.get(CALL)
def call_page(call_id: UUID) -> str:
    call = call_for(viewer(), call_id)
    wrong, right = whose(call), chosen()
    if right is None:
        return drawn(call, wrong)
    try:
        misfiled_calls.check(call, right)
    except Invalid as error:
        return drawn(call, wrong, problem=error.person_text)
    lines = refile_words.call_lines(misfiled_calls.disclosure_of(call), wrong, right)
    return drawn(call, wrong, right=right, lines=lines)


@bp.post(CALL)
def create_call(call_id: UUID) -> Response:
    with transaction():
        call = call_for(viewer(), call_id)
        before = call.conversation_id
        patient = right_person()
        misfiled_calls.refile(call, patient, by=viewer().actor, at=now(), seen=seen())
    undo = Undo(url_for("refilings.delete_call", call_id=call_id))
    return done(refile_words.moved_words(None, patient), then=thread(before), undo=undo)


@bp.delete(CALL)
def delete_call(call_id: UUID) -> Response:
    with transaction():
        call = call_for(viewer(), call_id)
        before = call.conversation_id
        patient = came_from(call)
        misfiled_calls.refile(call, patient, by=viewer().actor, at=now())
    return done(refile_words.moved_words(None, patient), then=thread(before))


def drawn(subject: Message | IncomingCall, wrong: Patient, **more: object) -> str:
    """The sheet: the thing itself, the people it may be from, and what would happen once one is chosen."""
    q = patient_search.clean_search(request.args.get("q", ""))
    around = patient_search.people_around(viewer(), wrong.id, subject.phone_number_id)
    found = [each for each in patient_search.patients_like(viewer(), q) if each.id != wrong.id]
    return render_template(
        "inbox/refile.html", subject=subject, wrong=wrong, around=around.people, found=found, q=q,
        is_call=isinstance(subject, IncomingCall), here=request.path, **more,
    )  # fmt: skip


def whose(subject: Message | IncomingCall) -> Patient:
    """Whom it stands with. Raises NotFound for one nobody has placed, or a person the viewer may not see."""
    return access.patient_for(viewer(), subject.patient_id or "", through="refiling")


def chosen() -> Patient | None:
    return patient_search.chosen_patient(viewer(), request.args.get("patient_id"))


def right_person() -> Patient:
    given = request.form.get("patient_id", "")
    return access.patient_for(viewer(), given, through="refiling")


def came_from(subject: Message | IncomingCall) -> Patient:
    return access.patient_for(viewer(), misfiled.came_from(subject), through="refiling")


def seen() -> UUID | None:
    """The thread it stood in when the page was drawn."""
    return parse_id(request.form.get("seen", ""))


def thread(conversation_id: UUID) -> str:
    return url_for("inbox.one", conversation_id=conversation_id)
