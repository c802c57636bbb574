"""Saved filters of the board, each a small resource: keep, delete, open first."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import saved_filters
from app.core.db import transaction
from app.queries.board_filter import BoardFilter
from app.web.answers import done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("saved_filters", __name__, url_prefix="/board/filters")
bp.before_request(lambda: viewer().check_staff())
VIEWS = ("due", "columns")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def address(chosen: Mapping[str, Any]) -> str:
    """Of the board as it was kept."""
    args: dict[str, Any] = {"view": "day", **chosen}
    return url_for("board.page", **args)


@bp.get("")
def index() -> str:
    """The list, beside what the board is narrowed to now."""
    view = request.args.get("view", "")
    return render_template(
        "board/_saved_list.html", saved=saved_filters.of(viewer()),
        wanted=BoardFilter.read(request.args), view=view if view in VIEWS else "day",
    )  # fmt: skip


@bp.post("")
def keep() -> Response:
    """Whatever the board is narrowed to now, as its form sends it along."""
    chosen = BoardFilter.read(request.form).as_args()
    if request.form.get("view") in VIEWS:
        chosen["view"] = request.form["view"]
    with transaction():
        kept = saved_filters.keep(viewer(), request.form.get("name", ""), chosen, at=now())
    return fresh(done(f"Saved as “{kept.name}”.", then=address(kept.chosen)))


@bp.delete("/<uuid:filter_id>")
def delete(filter_id: UUID) -> Response:
    with transaction():
        gone = saved_filters.delete(viewer(), filter_id)
    return fresh(done(f"“{gone.name}” is deleted.", then=url_for("board.page", view="day")))


@bp.post("/<uuid:filter_id>/first")
def open_first(filter_id: UUID) -> Response:
    with transaction():
        saved_filters.open_first(viewer(), filter_id)
    return fresh(done("The board opens with this one.", then=url_for("board.page")))


@bp.delete("/<uuid:filter_id>/first")
def open_as_shipped(filter_id: UUID) -> Response:
    with transaction():
        saved_filters.one(viewer(), filter_id)
        saved_filters.open_first(viewer(), None)
    return fresh(done("The board opens with My day.", then=url_for("board.page")))


def fresh(answer: Response) -> Response:
    """The list of them stands outside the part that refreshes itself."""
    answer.headers["HX-Trigger-After-Settle"] = "filters-changed"
    return answer
