"""An office's standing page: its own referrals by initials and state. Each opens to the referral's page."""

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.models.partner_link import LinkScope
from app.queries.offices import office_page
from app.queries.partner_office import unread_letters, unsettled_intakes
from app.web.moment import now
from app.web.partner import door, session

bp = session.partner_blueprint("partner_office", __name__, LinkScope.OFFICE)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    door.HOMES[LinkScope.OFFICE] = "partner_office.page"


@bp.before_request
def check_opened() -> Response | None:
    if session.is_opened():
        return None
    return redirect(url_for("partner.page", token=(request.view_args or {})["token"]), 303)


@bp.get("/office")
def page(token: str) -> str:
    found = office_page(session.viewer(), session.link().subject_id)
    unread = unread_letters([each.id for each in found.referrals], session.viewer())
    intakes = unsettled_intakes(session.viewer(), session.link().subject_id, at=now())
    return render_template(
        "partner/office.html", token=token, found=found, unread=unread, intakes=intakes
    )
