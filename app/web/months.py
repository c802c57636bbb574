"""A month of the ledger: what it came to by team and subgroup, the checklist before it is closed with
the rows behind each point, closing it, and opening it again."""

from flask import Flask, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app import access
from app.actions import month_close
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.user import Role
from app.queries import month_list
from app.queries.credited import Month
from app.queries.month_sums import month_sums
from app.queries.timeline import staff_names
from app.web.answers import done
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("months", __name__, url_prefix="/reports/months")
#: Each point of the checklist: its title, and what to do about it.
POINTS = {
    "timers": ("Timers not written down", "Running, or measured and in no entry yet."),
    "unattested": ("Entries nobody vouched for", "Who did the work says that it happened."),
    "unapproved": ("Entries nobody approved", "Vouched for; a lead approves them."),
    "no_coverage": ("Minutes without coverage", "No payer was on record on that day."),
    "unsealed": ("Entries not sealed yet", "The seal follows within a minute."),
    "in_doubt": ("Texts in doubt", "The phone company has not said whether they left."),
}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def month_of(text: str) -> Month:
    found = Month.read(text, signed_in().practice.time_zone)
    if found is None:
        raise NotFound
    return found


@bp.get("")
def index() -> str:
    """The month before this one: the one to close."""
    practice = signed_in().practice
    return month_page(Month.of(today(practice.time_zone), practice.time_zone).before)


@bp.get("/<month>")
def page(month: str) -> str:
    return month_page(month_of(month))


def month_page(month: Month, error: Invalid | None = None) -> str:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    closes = month_list.closes(viewer(), month)
    return render_template(
        "reports/month.html", month=month, sums=month_sums(viewer(), month), points=POINTS,
        counts=month_list.checklist(viewer(), month), closes=closes, error=error,
        is_closed=bool(closes) and closes[0].close.reopened_at is None,
        is_over=today(month.zone) > month.last, names=staff_names(viewer()),
        is_admin=viewer().role is Role.ADMIN,
    )  # fmt: skip


@bp.get("/<month>/open/<line>")
def rows(month: str, line: str) -> str:
    """The rows of one point; members of a team see their own entries to vouch for."""
    viewer().check_staff()
    if line not in POINTS:
        raise NotFound
    if line != "unattested":
        viewer().check_role(Role.LEAD, Role.ADMIN)
    wanted = month_of(month)
    return render_template(
        "reports/month_rows.html", month=wanted, line=line, title=POINTS[line][0],
        hint=POINTS[line][1], found=month_list.open_rows(viewer(), wanted, line),
    )  # fmt: skip


@bp.post("/<month>/closing")
def close(month: str) -> Response | tuple[str, int]:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    wanted = month_of(month)
    try:
        with transaction():
            month_close.close(
                access.practice_of(viewer()), wanted.first, wanted.last,
                left_open=month_list.checklist(viewer(), wanted),
                reason=request.form.get("reason", ""), by=viewer(), at=now(),
                today=today(wanted.zone),
            )  # fmt: skip
    except Invalid as error:
        return month_page(wanted, error), 422
    return done(f"{wanted} is closed. Its export is being made.", then=page_of(wanted))


@bp.post("/<month>/file")
def make_file(month: str) -> Response | tuple[str, int]:
    """The closed month's signed file, asked for again when it could not be made."""
    viewer().check_role(Role.LEAD, Role.ADMIN)
    wanted = month_of(month)
    with transaction():
        month_close.make_file_again(
            access.practice_of(viewer()), str(wanted), by=viewer(), at=now()
        )
    return done(f"The file of {wanted} is being made.", then=page_of(wanted))


@bp.post("/<month>/reopening")
def reopen(month: str) -> Response | tuple[str, int]:
    viewer().check_role(Role.ADMIN)
    wanted = month_of(month)
    try:
        with transaction():
            month_close.reopen(
                access.practice_of(viewer()), str(wanted), reason=request.form.get("reason", ""),
                by=viewer(), at=now(),
            )  # fmt: skip
    except Invalid as error:
        return month_page(wanted, error), 422
    return done(f"{wanted} is open again.", then=page_of(wanted))


def page_of(month: Month) -> str:
    return url_for("months.page", month=str(month))
