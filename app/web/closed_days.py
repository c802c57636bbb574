"""Holidays: the public ones of the practice's place, which it keeps by itself, and its own closed days by
name and date, with those of the year before to copy."""

from datetime import date

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import closed_days
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.models.practice import Practice
from app.models.user import Role
from app.web.answers import Undo, done
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer
from messaging.calendar_days import holiday_name, holiday_names, subdivisions
from messaging.errors import UnknownCalendar

bp = staff_blueprint("closed_days", __name__, url_prefix="/settings/holidays")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def here() -> date:
    return today(signed_in().practice.time_zone)


@bp.get("")
def page() -> str:
    return drawn()


def drawn(error: Invalid | Conflict | None = None) -> str:
    practice, this = signed_in().practice, here().year
    year = request.values.get("year", this, int)
    year = year if this - 1 <= year <= this + closed_days.FURTHEST_YEARS else this
    field = (error.field or "day") if isinstance(error, Invalid) else "day"
    return render_template(
        "settings/holidays.html", year=year, this=this, own=of_year(practice, year),
        before=len(of_year(practice, year - 1)), public=public_of(practice, year),
        states=sorted(subdivisions(practice.country).items(), key=lambda each: each[1]),
        state=practice.subdivision or "", form=request.form,
        errors={field: error.person_text} if error else {},
    )  # fmt: skip


def of_year(practice: Practice, year: int) -> list[tuple[date, str]]:
    days = sorted(day for day in practice.closed_on if day.startswith(f"{year}-"))
    return [(date.fromisoformat(day), practice.closed_names.get(day, "")) for day in days]


def public_of(practice: Practice, year: int) -> list[tuple[date, str, str, bool]]:
    """(day, as the year's list calls it, its name in every year, whether the practice closes)."""
    try:
        names = holiday_names(practice.country, practice.subdivision, year)
    except UnknownCalendar:
        return []
    plain = [(day, name, holiday_name(name)) for day, name in names.items()]
    return [(day, name, called, called not in practice.open_on) for day, name, called in plain]


@bp.post("")
def create() -> Response | tuple[str, int]:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    try:
        day = read(request.form.get("day", ""))
        with transaction():
            practice = access.practice_of(viewer())
            name = request.form.get("name", "")
            closed_days.add(practice, day, name, today=here(), by=viewer().actor, at=now())
    except (Invalid, Conflict) as error:
        return drawn(error), 422
    undo = Undo(url_for("closed_days.delete", day=day.isoformat()))
    return done("Closed on that day.", then=url_for("closed_days.page", year=day.year), undo=undo)


@bp.post("/copies")
def copy() -> Response:
    """Last year's days, this year."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    year = request.form.get("year", here().year, int)
    if not here().year <= year <= here().year + closed_days.FURTHEST_YEARS:
        raise Invalid("Choose a year that is near.")
    with transaction():
        practice = access.practice_of(viewer())
        count = closed_days.copy_year(practice, year, by=viewer().actor, at=now())
    words = f"{count} {'day' if count == 1 else 'days'} copied. Move those that fall otherwise."
    return done(words, then=url_for("closed_days.page", year=year))


@bp.post("/place")
def settle() -> Response:
    """The state whose holidays count."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        practice = access.practice_of(viewer())
        state = request.form.get("subdivision", "").strip() or None
        closed_days.settle_in(practice, state, by=viewer().actor, at=now())
    return done("Saved.", then=url_for("closed_days.page"))


@bp.post("/public")
def keep_public() -> Response:
    """Work on a public holiday, or close on it after all."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    keeps, name = request.form.get("keeps") == "yes", request.form.get("name", "")
    with transaction():
        practice = access.practice_of(viewer())
        closed_days.keep_public(practice, name, keeps=keeps, by=viewer().actor, at=now())
    words = f"Closed on {name}." if keeps else f"Open on {name}, every year."
    return done(words, then=url_for("closed_days.page"))


@bp.delete("/<day>")
def delete(day: str) -> Response:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    chosen = read(day)
    with transaction():
        practice = access.practice_of(viewer())
        closed_days.remove(practice, chosen, by=viewer().actor, at=now())
    return done("Open on that day.", then=url_for("closed_days.page", year=chosen.year))


def read(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Choose the day.", field="day") from None
