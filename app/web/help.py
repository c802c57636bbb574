"""Help where one stands: a page per role, what the statuses and colours mean, and the patients' leaflet."""

from flask import Flask, render_template, request, url_for

from app.core.errors import NotFound
from app.queries import practice_set_up
from app.web import help_pages
from app.web.help_meanings import due_examples, meanings
from app.web.leaflet import LANGUAGES, leaflet
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("help", __name__, url_prefix="/help")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_global(help_here)


def help_here() -> str:
    """The address of the help for this page and this person."""
    role = viewer().role
    name = help_pages.OF_ROLE[role] if role else "navigator"
    section = help_pages.section_of(request.blueprint, name)
    return url_for("help.page", name=name, _anchor=section or None)


@bp.get("")
def index() -> str:
    role = viewer().role
    return page(help_pages.OF_ROLE[role] if role else "navigator")


@bp.get("/<name>")
def page(name: str) -> str:
    if name not in help_pages.PAGES:
        raise NotFound
    return render_template("help/page.html", page=help_pages.page(name), pages=help_pages.PAGES)


@bp.get("/meanings")
def meaning() -> str:
    return render_template(
        "help/meanings.html", kinds=meanings(), due=due_examples(now()), pages=help_pages.PAGES
    )


@bp.get("/leaflet")
def paper() -> str:
    """For patients to take home, in each language, the asked-for one first."""
    first = request.args.get("language", "")
    lines = [line.number for line in practice_set_up.lines(viewer()) if line.is_active]
    order = sorted(LANGUAGES, key=lambda language: language != first)
    sheets = [leaflet(each, signed_in().practice, lines[0] if lines else None) for each in order]
    return render_template("help/leaflet.html", sheets=sheets)
