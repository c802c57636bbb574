"""The touchpoint log: every contact as the ledger keeps it, with totals, and each row whole. Analysts see it
too, without names."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import attestations, corrections
from app.actions.touchpoint_contact import ACTIVITIES
from app.core.db import transaction
from app.queries.board_choices import owners
from app.queries.touchpoint_choices import group_choices
from app.queries.touchpoint_entry import entry
from app.queries.touchpoint_filter import LogFilter
from app.queries.touchpoint_log import log
from app.web.answers import done
from app.web.moment import now, today
from app.web.record_words import RECORD_WORDS
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import word

bp = staff_blueprint("reports", __name__, url_prefix="/reports")
bp.before_request(lambda: viewer().check_reports())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def page_of(touchpoint_id: UUID) -> str:
    return url_for("reports.detail", touchpoint_id=touchpoint_id)


@bp.get("")
def page() -> str:
    zone = signed_in().practice.time_zone
    wanted = LogFilter.read(request.args, today=today(zone), zone=zone)
    found = log(viewer(), wanted, before=request.args.get("before"))
    if request.args.get("before"):
        return render_template("reports/_rows.html", log=found, wanted=wanted)
    return render_template(
        "reports/page.html", log=found, wanted=wanted, owners=owners(viewer()),
        activities=[(each, word(each, "activity")) for each in sorted(ACTIVITIES)],
        channels=list(RECORD_WORDS["touch_channel"].items()),
        outcomes=list(RECORD_WORDS["touch_outcome"].items()),
        groups=group_choices(viewer(), wanted),
    )  # fmt: skip


@bp.get("/touchpoints/<uuid:touchpoint_id>")
def detail(touchpoint_id: UUID) -> str:
    found = entry(viewer(), touchpoint_id)
    correctable = corrections.may_correct(found.row, viewer(), at=now())
    return render_template("reports/entry.html", entry=found, may_correct=correctable)


@bp.post("/touchpoints/<uuid:touchpoint_id>/attestation")
def attest(touchpoint_id: UUID) -> Response:
    with transaction():
        row = access.touchpoint_for(viewer(), touchpoint_id)
        attestations.attest(row, by=viewer(), at=now())
    return done("You vouched for this entry.", then=page_of(touchpoint_id))


@bp.post("/touchpoints/<uuid:touchpoint_id>/approval")
def approve(touchpoint_id: UUID) -> Response:
    with transaction():
        row = access.touchpoint_for(viewer(), touchpoint_id)
        attestations.approve(row, by=viewer(), at=now())
    return done("Approved.", then=page_of(touchpoint_id))
