"""The bell: what needs this person, as a count and as a short list of ways there."""

from flask import Flask, render_template

from app.queries.bell import bell
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("bell", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/bell")
def page() -> str:
    viewer().check_staff()
    return render_template("board/bell.html", bell=bell(viewer(), at=now()))


@bp.get("/bell/count")
def count() -> str:
    viewer().check_staff()
    return render_template("board/bell_count.html", bell=bell(viewer(), at=now()))
