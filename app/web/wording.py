"""The practice's wording: every template in English and Spanish side by side, with what the lint says while
somebody writes, and the shipped words to go back to."""

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import template_changes, templates
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.models.protocol_definition import said_in
from app.models.shipped.loader import Wording, shipped_templates
from app.models.user import Role
from app.queries.practice_set_up import own_wording
from app.web.answers import done
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from messaging import wording as rules

bp = staff_blueprint("wording", __name__, url_prefix="/settings/wording")
LANGUAGES = {"en": "English", "es": "Spanish"}
LONGEST = 4000


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index() -> str:
    return render_template(
        "settings/wording.html", shipped=shipped_templates(), own=own_wording(viewer()),
        preview=rules.preview,
    )  # fmt: skip


@bp.get("/<key>")
def page(key: str) -> str:
    return sheet(key)


def sheet(key: str, *, refused: str = "", error: Invalid | None = None) -> str:
    """Both languages; `refused` is the one whose new words could not be saved."""
    known, own = known_wording(key), own_wording(viewer())
    sides = []
    for language, name in LANGUAGES.items():
        row = own.get((key, language))
        body = row.body if row else said_in(known.body, "es" if language == "es" else "en")
        if language == refused:
            body = request.form.get("body", "")[:LONGEST]
        sides.append(
            (language, name, body, row is not None, error if language == refused else None)
        )
    return render_template(
        "settings/wording_page.html", key=key, known=known, sides=sides,
        placeholders=rules.PLACEHOLDERS,
    )  # fmt: skip


def known_wording(key: str, language: str = "en") -> Wording:
    """The shipped wording of the key; raises NotFound for a key or a language there is none of."""
    found = shipped_templates().get(key)
    if found is None or language not in LANGUAGES:
        raise NotFound
    return found


@bp.post("/<key>/<language>/check")
def check(key: str, language: str) -> str:
    """What the lint says about the words so far, how they read, and how long they are."""
    known, body = known_wording(key, language), request.form.get("body", "")[:LONGEST]
    problems = rules.lint(
        body, language=language, first=known.is_first, emergency=known.is_emergency
    )
    shown, counted = rules.preview(body, language=language)
    return render_template(
        "settings/_wording_check.html", problems=problems, shown=shown, counted=counted, body=body
    )


@bp.post("/<key>/<language>")
def update(key: str, language: str) -> Response | tuple[str, int]:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    known, body = known_wording(key, language), request.form.get("body", "")[:LONGEST]
    try:
        with transaction():
            templates.save(
                access.practice_of(viewer()), key, language, title=known.title, body=body,
                is_reply=known.is_reply, by=viewer().actor, at=now(),
            )  # fmt: skip
    except Invalid as error:
        return sheet(key, refused=language, error=error), 422
    return done("Saved. New texts use these words.", then=url_for("wording.page", key=key))


@bp.delete("/<key>/<language>")
def delete(key: str, language: str) -> Response:
    """Back to the shipped words."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        practice, by = signed_in().practice, viewer().actor
        template_changes.use_shipped(practice, key, language, by=by, at=now())
    answer = done("The shipped words count again.", then=url_for("wording.page", key=key))
    answer.headers["HX-Refresh"] = "true"
    return answer
