"""The day's list of one organization, by its standing link: initials and code, and a tap for "full today"."""

from flask import Flask, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import day_lists
from app.actions.who_questions import initials
from app.core.db import transaction
from app.models.partner_link import LinkScope
from app.queries.day_lists import day_list, organization_behind
from app.web.moment import now, today
from app.web.partner import door, session

bp = session.partner_blueprint("partner_day_list", __name__, LinkScope.DAY_LIST)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    door.HOMES[LinkScope.DAY_LIST] = "partner_day_list.page"


@bp.before_request
def check_opened() -> Response | None:
    if session.is_opened():
        return None
    return redirect(url_for("partner.page", token=(request.view_args or {})["token"]), 303)


@bp.get("/day")
def page(token: str) -> str:
    zone = session.practice().time_zone
    organization = organization_behind(session.viewer())
    return render_template(
        "partner/day_list.html", token=token, organization=organization,
        found=day_list(session.viewer(), today(zone), zone), day=today(zone), initials=initials,
    )  # fmt: skip


@bp.post("/day/full")
def create_full(token: str) -> Response:
    """No more people today."""
    with transaction():
        organization = organization_behind(session.viewer())
        day = today(session.practice().time_zone)
        day_lists.say_full(organization, day, by=session.viewer().actor, at=now())
    flash("The practice sees that you are full today.", "success")
    return redirect(url_for("partner_day_list.page", token=token), 303)


@bp.post("/day/room")
def create_room(token: str) -> Response:
    """There is room again: takes "full today" back."""
    with transaction():
        organization = organization_behind(session.viewer())
        day_lists.say_room(organization, by=session.viewer().actor, at=now())
    flash("The practice sees that you have room.", "success")
    return redirect(url_for("partner_day_list.page", token=token), 303)
