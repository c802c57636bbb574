"""Sending to a list: write it, see who will and will not get it and why, confirm, watch it leave, stop it.
For leads and admins, who see the whole practice."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import list_words, lists
from app.actions.list_words import Writer
from app.core.db import db, transaction
from app.core.errors import Forbidden, Invalid, NotFound
from app.models.known_wording import FILLED_IN_LISTS
from app.models.patient import Patient
from app.queries import list_audience, list_sends, patient_search
from app.web import list_form
from app.web.answers import done
from app.web.list_form import Asked
from app.web.list_state_words import LIST_WORDS, reason_words, span_words
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import WORDS
from messaging import wording
from messaging.errors import WordingError

bp = staff_blueprint("lists", __name__, url_prefix="/lists")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    WORDS.update(LIST_WORDS)
    app.add_template_filter(reason_words)
    app.add_template_filter(span_words)


@bp.before_request
def check_whole_practice() -> None:
    """A list crosses teams."""
    if not viewer().sees_practice:
        raise Forbidden("Lists are sent by leads and admins.")


@bp.get("")
def index() -> str:
    return render_template("lists/index.html", found=list_sends.history(viewer()))


@bp.route("/new", methods=["GET", "POST"])
def new() -> str:
    """The empty form, or with POST the one that was filled in, to change it."""
    return form()


def form(error: Invalid | None = None) -> str:
    audience = list_form.read_audience()
    return render_template(
        "lists/form.html", values=list_form.filled(), audience=audience, error=error,
        offered=list_form.offered(), picked=picked(audience.picked),
        purposes=list_form.purposes(), languages=list_form.languages(),
        starters=list_form.starters(), placeholders=FILLED_IN_LISTS,
    )  # fmt: skip


def picked(ids: tuple[UUID, ...]) -> list[Patient]:
    """The people picked by name, those this viewer may see."""
    if not ids:
        return []
    rows = access.visible_patients(viewer()).where(Patient.id.in_(ids))
    found = list(db.session.scalars(rows.order_by(*patient_search.BY_NAME)))
    access.seen(viewer(), [row.id for row in found], through="list")
    return found


@bp.get("/people")
def people() -> str:
    """Picking by name: those picked so far, and those who fit what is being typed."""
    ids = [i for i in list_form.read_audience().picked if str(i) != request.args.get("drop")]
    q = request.args.get("q", "")
    found = [row for row in patient_search.patients_like(viewer(), q) if row.id not in ids]
    return render_template("lists/_people.html", picked=picked(tuple(ids)), found=found, q=q)


@bp.post("/check/<language>")
def check(language: str) -> str:
    """What the lint says about the words so far, how they read, and how long they are."""
    if language not in list_form.languages():
        raise NotFound
    body = list_form.filled()[f"words_{language}"]
    shown, counted = wording.preview(body, language=language)
    practice = access.practice_of(viewer())
    problems = list_words.problems_of(body, language, practice) if body.strip() else []
    return render_template(
        "lists/_check.html", problems=problems, shown=shown, counted=counted, body=body
    )


@bp.post("/preview")
def preview() -> str | tuple[str, int]:
    try:
        return shown(list_form.read())
    except Invalid as error:
        return form(error), 422


def shown(asked: Asked, *, moved: bool = False) -> str:
    """Who will get it, who waits, who will not; and the button that sends."""
    found = asked.preview()
    named = [
        person.patient.id
        for group in (*found.now, *found.later, *found.never)
        for person in group.people[: list_sends.PAGE]
    ]
    access.seen(viewer(), named, through="list")
    offered = list_audience.choices(viewer())
    return render_template(
        "lists/preview.html", found=found, asked=asked, values=list_form.filled(), moved=moved,
        audience_words=list_form.described(asked.audience, offered), most=list_sends.PAGE,
    )  # fmt: skip


@bp.post("/reads")
def reads() -> str:
    """How it reads for one person."""
    patient = access.patient_for(viewer(), request.form.get("who", ""), through="list")
    plan = list_form.read_plan()
    writer = Writer(signed_in().practice, plan.words, others_get_english=plan.others_get_english)
    try:
        text = writer.text_for(patient)
    except WordingError as error:
        raise Invalid(error.person_text) from error
    return render_template("lists/_reads.html", patient=patient, text=text)


@bp.post("")
def create() -> Response | str | tuple[str, int]:
    """Send it, if the people are still those who were shown."""
    try:
        with transaction():
            asked = list_form.read()
            if asked.seal != request.form.get("seal"):
                return shown(asked, moved=True), 409
            row, is_new = lists.start(
                access.practice_of(viewer()), asked.plan, [each.id for each in asked.patients],
                audience=kept(asked), key=list_form.filled()["key"], by=viewer().actor, at=now(),
            )  # fmt: skip
    except Invalid as error:
        return form(error), 422
    said = "It is on its way." if is_new else "This list was sent already; nothing is sent twice."
    return done(said, then=url_for("lists.page", list_id=row.id))


def kept(asked: Asked) -> dict[str, object]:
    """The filter as it was."""
    offered = list_audience.choices(viewer())
    words = list_form.described(asked.audience, offered)
    return {"words": words, "args": asked.audience.as_args()}


@bp.get("/<uuid:list_id>")
def page(list_id: UUID) -> str:
    found = list_sends.progress(viewer(), list_id)
    show, reason = request.args.get("show", ""), request.args.get("reason", "")
    pages = request.args.get("pages", 1, int)
    behind, more = list_sends.people_of(viewer(), found.row, show, reason, page=pages)
    return render_template(
        "lists/page.html", found=found, row=found.row, show=show, reason=reason, behind=behind,
        has_more=more, pages=pages, is_over=found.row.is_over(now()),
    )  # fmt: skip


@bp.post("/<uuid:list_id>/stop")
def stop(list_id: UUID) -> Response:
    with transaction():
        row = list_sends.list_for(viewer(), list_id, lock=True)
        said = lists.stop(row, by=viewer().actor, at=now())
    words = (
        f"Stopped. {said.left} had left, {said.stopped} were stopped."
        if said
        else "It was stopped before."
    )
    return done(words, then=url_for("lists.page", list_id=list_id))


@bp.delete("/<uuid:list_id>/stop")
def resume(list_id: UUID) -> Response:
    """Send the rest after all."""
    with transaction():
        lists.resume(list_sends.list_for(viewer(), list_id, lock=True), by=viewer().actor, at=now())
    return done("The rest is on its way.", then=url_for("lists.page", list_id=list_id))
