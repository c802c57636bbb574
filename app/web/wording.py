"""The practice's wording: every text in its languages side by side, with what the lint says while somebody
writes, and the shipped words to go back to. What is saved here waits for approval."""

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import wording_in_force, wording_versions
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.models.user import Role
from app.queries import wordings as reads
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.wording_diff import word_diff
from messaging import wording as rules
from messaging.languages import LANGUAGES
from messaging.segments import cost_of
from messaging.wording_marks import marked

bp = staff_blueprint("wording", __name__, url_prefix="/settings/wording")
LONGEST = 4000


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(word_diff)
    app.add_template_global(rules.preview, "wording_preview")
    app.add_template_global(language_choices)


@bp.get("")
def index() -> str:
    return render_template(
        "settings/wording.html", found=reads.wordings(viewer()), languages=languages()
    )


@bp.get("/<key>")
def page(key: str) -> str:
    return sheet(key)


def sheet(key: str, *, refused: str = "", error: Invalid | None = None) -> str:
    """Every language; `refused` is the one whose new words could not be saved."""
    found = reads.history(viewer(), key)
    bodies = {}
    for language in languages():
        draft = found.draft(language)
        bodies[language] = draft.body if draft is not None else found.body_of(language)
    if refused:
        bodies[refused] = typed(refused)
    return render_template(
        "settings/wording_page.html", found=found, known=found.known, languages=languages(),
        bodies=bodies, refused=refused, error=error, placeholders=rules.PLACEHOLDERS,
        rtl={tag for tag, row in LANGUAGES.items() if row.is_rtl},
        alone=not wording_versions.others_who_approve(viewer()),
        may_approve=lambda version: wording_versions.may_approve(version, viewer()),
    )  # fmt: skip


def languages() -> dict[str, str]:
    """What the practice writes in: tag → English name."""
    return {tag: LANGUAGES[tag].name for tag in signed_in().practice.all_languages}


def language_choices(current: str | None) -> list[tuple[str, str]]:
    """What a patient may read texts in, and what stands there now."""
    offered = languages()
    tags = list(offered) + [tag for tag in (current,) if tag and tag not in offered]
    return [(tag, LANGUAGES[tag].both if tag in LANGUAGES else tag) for tag in tags]


def typed(language: str = "en") -> str:
    """The words in a language as the form holds them."""
    form = request.form
    return form.get(f"words_{language}", form.get("body", ""))[:LONGEST]


def check_language(language: str) -> None:
    """Raises NotFound for a language the practice does not write."""
    if language not in languages():
        raise NotFound


@bp.post("/<key>/<language>/check")
def check(key: str, language: str) -> str:
    """What the lint says about the words so far, how they read, and how long they are."""
    check_language(language)
    body = typed(language)
    listed = access.practice_of(viewer()).clinical_words_in(language)
    problems = reads.known_wording(viewer(), key).problems_of(body, language, listed)
    shown, counted = rules.preview(body, language=language)
    return render_template(
        "settings/_wording_check.html", problems=problems, shown=shown, counted=counted, body=body,
        marks=marked(body, problems), cost=cost_of(rules.sampled(body, language=language)),
        language=language,
    )  # fmt: skip


@bp.post("/<key>/<language>")
def update(key: str, language: str) -> Response | tuple[str, int]:
    """A draft: not used before it is approved."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    check_language(language)
    seen = request.form.get("seen", "")
    try:
        with transaction():
            row = wording_versions.draft(
                access.practice_of(viewer()), reads.known_wording(viewer(), key), language, typed(language),
                seen=int(seen) if seen.isdecimal() else None, by=viewer(), at=now(),
            )  # fmt: skip
            undo = Undo(url_for("wording_versions.discard", version_id=row.id))
    except Invalid as error:
        return sheet(key, refused=language, error=error), 422
    words = "Saved. It is used once somebody has approved it."
    return done(words, then=url_for("wording.page", key=key), undo=undo)


@bp.delete("/<key>/<language>")
def delete(key: str, language: str) -> Response:
    """Back to the shipped words; what the practice added is not offered any more."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        known = reads.known_wording(viewer(), key)
        wording_in_force.give_up(signed_in().practice, known, language, by=viewer(), at=now())
    words = "Not offered any more." if known.is_own else "The shipped words count again."
    answer = done(words, then=url_for("wording.page", key=key))
    answer.headers["HX-Refresh"] = "true"
    return answer
