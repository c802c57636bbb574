"""The board: *My day* first, the lanes by due day, the columns by status. What is narrowed is
in the address."""

from uuid import UUID

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.actions import saved_filters
from app.models.user import Role
from app.queries import board as reads
from app.queries import lanes
from app.queries.board_choices import choices
from app.queries.board_filter import BoardFilter, Today
from app.queries.my_day import my_day
from app.queries.next_steps import followed
from app.web.display import is_fragment
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.task_cards import Card, cards

bp = staff_blueprint("board", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/")
def page() -> str | Response:
    if viewer().role is Role.ANALYST:
        return redirect("/reports")
    if viewer().role is Role.FRONT_DESK:
        return redirect("/patients")
    viewer().check_staff()
    saved = saved_filters.of(viewer())
    first = next((each for each in saved if each.is_default), None)
    if first is not None and not request.args and not is_fragment():
        return redirect(url_for("board.page", **{"view": "day", **first.chosen}))
    wanted, view = BoardFilter.read(request.args), chosen_view()
    shown = {"columns": columns, "due": due, "day": day}[view](wanted)
    if is_fragment():
        return shown
    return render_template(
        "board/page.html", shown=shown, view=view, wanted=wanted, choices=choices(viewer()),
        saved=saved,
    )  # fmt: skip


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
        "board/_cards.html", column=found, waiting=waiting, wanted=wanted, marks=1,
        page_of="board.column", cards=cards(viewer(), found.tasks, waiting),
    )  # fmt: skip


@bp.get("/board/lanes/<name>")
def lane(name: str) -> str:
    """The next page of one lane."""
    viewer().check_staff()
    if name not in lanes.LANES:
        raise NotFound
    wanted, after = BoardFilter.read(request.args), reads.Cursor.parse(request.args.get("after"))
    found = lanes.lane(viewer(), name, wanted, today(), after=after)
    waiting = reads.waiting_of(viewer(), {task.patient_id for task in found.tasks})
    return render_template(
        "board/_cards.html", column=found, waiting=waiting, wanted=wanted, marks=1,
        page_of="board.lane", cards=cards(viewer(), found.tasks, waiting),
    )  # fmt: skip


def chosen_view() -> str:
    view = request.args.get("view")
    return view if view in ("columns", "due") else "day"


def due(wanted: BoardFilter) -> str:
    pages = {name: shown_pages(name) for name in lanes.LANES}
    found = lanes.lanes(viewer(), wanted, today(), pages)
    return render_template(
        "board/lanes.html", board=found, wanted=wanted, pages=pages, cards=cards_of(found)
    )


def cards_of(board: reads.Board) -> dict[UUID, Card]:
    shown = [task for column in board.columns for task in column.tasks]
    return cards(viewer(), shown, board.waiting)


def today() -> Today:
    return Today(now(), signed_in().practice.time_zone)


def shown_pages(name: str) -> int:
    """How many pages of a list are on the screen: each "show more" left a mark that is sent along."""
    return 1 + request.args.getlist("shown").count(name)


def columns(wanted: BoardFilter) -> str:
    pages = {name: shown_pages(name) for name in reads.STATUSES}
    found = reads.board(viewer(), wanted, today(), pages)
    return render_template(
        "board/columns.html", board=found, wanted=wanted, pages=pages, cards=cards_of(found)
    )


def day(wanted: BoardFilter) -> str:
    found = my_day(viewer(), wanted, today(), pages=shown_pages("day"))
    shown = [task for group in (*found.waiting, *found.groups) for task in group.tasks]
    return render_template(
        "board/day.html",
        day=found,
        wanted=wanted,
        pages=shown_pages("day"),
        referrals=followed(viewer(), shown),
    )
