"""A link that lives goes on for as long again, by whoever opened it; for one that ran out a fresh one goes to
the address on record. The old one shows nothing any more."""

from flask import Blueprint, Flask, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.actions import link_renewals, partner_links
from app.actions.link_renewals import Standing
from app.core.crypto import digest
from app.core.db import transaction
from app.models.event import Actor
from app.models.partner_link import LIFETIMES, LinkScope
from app.web import security
from app.web.moment import now
from app.web.partner import door, errors, session

#: Where a fresh one may be asked for: `check_link` would refuse a link that ran out.
bp = Blueprint("partner_fresh", __name__, url_prefix=f"{partner_links.PATH}/<token>")
errors.attach(bp)
bp.after_request(session.keep_to_ourselves)
living = session.partner_blueprint("partner_renewal", __name__, LinkScope.OFFICE)
#: Fresh links sent on the word of one that ran out.
PER_LINK = "3/hour"


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.register_blueprint(living)


@living.post("/renewal")
def extend(token: str) -> Response:
    """In one tap, by whoever has the page open."""
    home = url_for(door.HOMES[session.link().scope], token=token)
    if session.is_opened():
        with transaction():
            partner_links.extend(session.link(), by=session.viewer().actor, at=now())
        days = LIFETIMES[session.link().scope].days
        flash(f"This page works for {days} more days.", "success")
    return redirect(home, 303)


@bp.post("/fresh")
def create(token: str) -> Response | str:
    """Send a fresh link to the address on record."""
    found = session.find(token)
    if found is None or link_renewals.standing(found, at=now()) is not Standing.RENEWABLE:
        return redirect(url_for("partner.page", token=token), 303)
    security.check_rate(PER_LINK, "partner-fresh", digest(token))
    with transaction():
        way = link_renewals.send_fresh(found, by=Actor("partner", found.id), at=now())
    practice = session.practice_of(found)
    return render_template("partner/fresh.html", practice=practice, way=way)
