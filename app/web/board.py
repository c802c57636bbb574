"""The board: *My day* first, and the columns by status. What is narrowed, and how, is in the address."""

from flask import Flask, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.models.user import Role
from app.queries import board as reads
from app.queries.board_choices import choices
from app.queries.board_filter import BoardFilter, Today
from app.queries.my_day import my_day
from app.web.display import is_fragment
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("board", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/")
def page() -> str | Response:
    if viewer().role is Role.ANALYST:
        return redirect("/reports")
    viewer().check_staff()
    wanted, view = BoardFilter.read(request.args), chosen_view()
    shown = columns(wanted) if view == "columns" else day(wanted)
    if is_fragment():
        return shown
    return render_template(
        "board/page.html", shown=shown, view=view, wanted=wanted, choices=choices(viewer())
    )


@bp.get("/board/columns/<name>")
def column(name: str) -> str:
    """The next page of one column, for "show more"."""
    viewer().check_staff()
    if name not in reads.STATUSES:
        raise NotFound
    wanted, after = BoardFilter.read(request.args), reads.Cursor.parse(request.args.get("after"))
    found = reads.column(viewer(), name, wanted, today(), after=after)
    waiting = reads.waiting_of(viewer(), {task.patient_id for task in found.tasks})
    return render_template(
        "board/_cards.html", column=found, waiting=waiting, wanted=wanted, marks=1
    )


def chosen_view() -> str:
    return "columns" if request.args.get("view") == "columns" else "day"


def today() -> Today:
    return Today(now(), signed_in().practice.time_zone)


def shown_pages(name: str) -> int:
    """How many pages of a list are on the screen: each "show more" left a mark that is sent along."""
    return 1 + request.args.getlist("shown").count(name)


def columns(wanted: BoardFilter) -> str:
    pages = {name: shown_pages(name) for name in reads.STATUSES}
    found = reads.board(viewer(), wanted, today(), pages)
    return render_template("board/columns.html", board=found, wanted=wanted, pages=pages)


def day(wanted: BoardFilter) -> str:
    found = my_day(viewer(), wanted, today(), pages=shown_pages("day"))
    return render_template("board/day.html", day=found, wanted=wanted, pages=shown_pages("day"))
