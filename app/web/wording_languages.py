"""Languages the practice writes in: adding and removing one, and what is still to be written in each."""

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import practice_languages
from app.core.db import transaction
from app.models.user import Role
from app.queries.wording_languages import worklist
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from messaging.languages import LANGUAGES

bp = staff_blueprint("wording_languages", __name__, url_prefix="/settings/languages")
LONGEST_TAG = 20
LONGEST_LIST = 40_000


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def page() -> str:
    return render_template("settings/languages.html", found=worklist(viewer()))


@bp.post("")
def add() -> Response:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    tag = request.form.get("language", "")[:LONGEST_TAG]
    with transaction():
        practice = access.practice_of(viewer())
        practice_languages.add(practice, tag, by=viewer().actor, at=now())
    said = f"{LANGUAGES[tag].name} is offered. Its words come next."
    return done(said, then=url_for("wording_languages.page"))


@bp.post("/<tag>/words")
def list_words(tag: str) -> Response:
    """Words no text may hold in this language."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    words = request.form.get("words", "")[:LONGEST_LIST].splitlines()
    with transaction():
        practice = access.practice_of(viewer())
        practice_languages.list_words(practice, tag, words, by=viewer().actor, at=now())
    return done("Saved. No text passes with one of them.", then=url_for("wording_languages.page"))


@bp.delete("/<tag>")
def remove(tag: str) -> Response:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        practice = access.practice_of(viewer())
        practice_languages.remove(practice, tag, by=viewer().actor, at=now())
    answer = done("Removed. Its words are kept, in case it comes back.",
                  then=url_for("wording_languages.page"))  # fmt: skip
    answer.headers["HX-Refresh"] = "true"
    return answer
