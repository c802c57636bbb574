"""A phone number's whole history, and the consent wording with its phone script: pages made to be printed."""

from uuid import UUID

from flask import Flask, render_template, request

from app.queries import practice_set_up
from app.queries.number_history import number_history
from app.web.consent_wording import LANGUAGES, SCRIPTS, wording
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from messaging import phone

bp = staff_blueprint("numbers", __name__)
bp.before_request(lambda: viewer().check_desk())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/numbers/<uuid:number_id>")
def page(number_id: UUID) -> str:
    viewer().check_staff()
    return render_template("numbers/page.html", story=number_history(viewer(), number_id), at=now())


@bp.get("/consent-form")
def consent_form() -> str:
    """For the desk, a sheet per language, the asked-for one first; and what to say on the phone."""
    first = request.args.get("language", "")
    order = sorted(LANGUAGES, key=lambda language: language != first)
    lines = [line for line in practice_set_up.lines(viewer()) if line.is_active]
    practice = signed_in().practice
    line = phone.show(lines[0].number) if lines else ""
    sheets = [
        (language, wording("given", language, practice), script(language, line))
        for language in order
    ]
    return render_template("numbers/consent_form.html", sheets=sheets, line=line)


def script(language: str, line: str) -> list[str]:
    """What to say on the phone, step by step; the consent's own words come after the first."""
    name = signed_in().practice.name
    return [step.format(name=name, line=line or "…") for step in SCRIPTS[language]]
