"""A protocol's words: leads and admins write them and see how a text would read; another of them approves
what patients read."""

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import protocol_approvals, protocol_changes, protocols, task_wording, templates
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.models.protocol import Approval
from app.models.protocol_definition import Definition, said_in
from app.models.user import Role
from app.web import protocol_word_form as words
from app.web.answers import done
from app.web.moment import now
from app.web.protocol_settings import in_force, kind_named
from app.web.session import signed_in, staff_blueprint, viewer
from messaging import wording

bp = staff_blueprint("protocol_wordings", __name__, url_prefix="/settings/protocols/<kind>")
bp.before_request(lambda: viewer().check_role(Role.LEAD, Role.ADMIN))


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/words")
def edit(kind: str) -> str:
    row = in_force(kind_named(kind))
    definition = protocols.read(row)
    return sheet(row.version, definition, words.of_definition(definition))


@bp.post("/words")
def update(kind: str) -> Response | tuple[str, int]:
    definition = protocols.read(in_force(kind_named(kind)))
    filled = words.of_form(request.form, definition)
    based_on, why = request.form.get("version", 0, int), request.form.get("why", "")
    try:
        changed = words.definition_of(filled, definition)
        with transaction():
            made = protocol_changes.save(
                viewer().practice_id, changed, based_on=based_on, why=why, by=viewer(), at=now()
            )
    except (Invalid, Conflict) as error:
        if not isinstance(error, words.Refused):
            filled.errors[getattr(error, "field", None) or ""] = error.person_text
        return sheet(based_on, definition, filled, why=why), error.status
    said = f"Version {made.version} is saved. New tasks begin with it."
    if made.approval is Approval.AWAITED:
        said = f"Version {made.version} waits until another lead or admin has read it."
    return done(said, then=url_for("protocol_settings.versions", kind=kind))


@bp.post("/words/preview")
def preview(kind: str) -> str:
    """How the first text would read with the words as typed. Writes nothing."""
    definition = protocols.read(in_force(kind_named(kind)))
    filled = words.of_form(request.form, definition)
    try:
        shown = texts(words.definition_of(filled, definition))
    except words.Refused:
        shown = []
    return render_template("protocols/_reads.html", texts=shown, errors=filled.errors)


@bp.post("/versions/<int:version>/approval")
def approve(kind: str, version: int) -> Response:
    with transaction():
        row = protocol_changes.version_of(viewer().practice_id, kind_named(kind), version)
        protocol_approvals.approve(row, by=viewer(), at=now())
    words_ = f"Version {version} is approved. New tasks begin with it."
    return done(words_, then=url_for("protocol_settings.versions", kind=kind))


@bp.post("/versions/<int:version>/refusal")
def refuse(kind: str, version: int) -> Response:
    with transaction():
        row = protocol_changes.version_of(viewer().practice_id, kind_named(kind), version)
        protocol_approvals.refuse(row, request.form.get("reason", ""), by=viewer(), at=now())
    return done(
        f"Version {version} is not used.", then=url_for("protocol_settings.versions", kind=kind)
    )


def texts(definition: Definition) -> list[tuple[str, str, list[str]]]:
    """(language, the first text, the buttons), for each language."""
    template = next((each.template for each in definition.steps if each.template), None)
    made = []
    for language, _ in words.LANGUAGES:
        options = task_wording.yes_no_options(definition, language)
        samples = {name: said.get(language, said["en"])
                   for name, said in wording.PLACEHOLDERS.items()}  # fmt: skip
        body = options
        if template is not None:
            phrase = templates.phrase_for(signed_in().practice, template, language)
            body = wording.render(phrase.body, samples | {
                "options": options, "practice_name": signed_in().practice.name,
            })  # fmt: skip
        buttons = [said_in(each.label, language) for each in definition.question.options]
        made.append((language, body, buttons))
    return made


def sheet(version: int, definition: Definition, filled: words.Filled, *, why: str = "") -> str:
    return render_template(
        "protocols/words.html", version=version, definition=definition, filled=filled, why=why,
        kind=definition.task_type, staff=[*words.staff_fields(definition)],
        languages=[(tag, name, [*words.patient_fields(definition, tag)])
                   for tag, name in words.LANGUAGES],
    )  # fmt: skip
