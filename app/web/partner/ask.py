"""One ask as the organization sees it: initials and the need; how to reach the person once it takes them on;
and its answers. Nothing of the referral's office, letters or other organizations."""

from datetime import datetime

from flask import Flask, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import (
    link_renewals,
    message_route,
    organization_answers,
    organization_asks,
    partner_links,
)
from app.actions.link_renewals import Standing
from app.actions.who_questions import initials
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.models.organization_ask import HelpOutcome, NoFit, OrganizationAsk
from app.models.partner_link import LinkScope
from app.queries.organization_asks import ask_for
from app.web.moment import moment_in, now
from app.web.partner import door, session

bp = session.partner_blueprint("partner_ask", __name__, LinkScope.ASK)
THANKS = "Thank you. The practice sees your answer."


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    door.HOMES[LinkScope.ASK] = "partner_ask.page"


@bp.before_request
def check_door() -> Response | None:
    """The person still agrees, the referral goes on, and somebody pressed the button in this browser."""
    standing = link_renewals.standing_of_ask(found())
    if standing is not Standing.LIVE:
        return session.ended(session.link(), standing, str((request.view_args or {})["token"]))
    if session.is_opened():
        return None
    return redirect(url_for("partner.page", token=(request.view_args or {})["token"]), 303)


def is_shared(ask: OrganizationAsk) -> bool:
    return link_renewals.standing_of_ask(ask) is Standing.LIVE


def found() -> OrganizationAsk:
    return ask_for(session.viewer(), session.link().subject_id)


@bp.get("/ask")
def page(token: str) -> str:
    return drawn(token)


def drawn(token: str, error: Invalid | None = None) -> str:
    ask = found()
    access.seen(session.viewer(), [ask.patient_id], through="partner")
    number = message_route.best_number(ask.patient) if ask.shows_contact else None
    return render_template(
        "partner/ask.html", token=token, ask=ask, who=initials(ask.patient), number=number,
        reasons=list(NoFit), outcomes=list(HelpOutcome), form=request.form,
        errors={error.field or "": error.person_text} if error else {},
    )  # fmt: skip


@bp.post("/ask/answer")
def create_answer(token: str) -> Response | tuple[str, int]:
    """One of: accepted, no_fit, scheduled, done."""
    try:
        with transaction():
            ask = found()
            organization_asks.lock(ask)
            if not is_shared(ask):
                raise Conflict("This ended in the meantime. Call the practice.")
            answer(ask, request.form.get("answer", ""))
    except Invalid as error:
        return drawn(token, error), 422
    flash(THANKS, "success")
    return redirect(url_for("partner_ask.page", token=token), 303)


def answer(ask: OrganizationAsk, what: str) -> None:
    form, by, at = request.form, session.viewer().actor, now()
    words = form.get("words", "")
    if what == "accepted":
        organization_answers.accept(ask, by=by, at=at)
    elif what == "no_fit":
        organization_answers.refuse(ask, form.get("no_fit", ""), words, by=by, at=at)
    elif what == "scheduled":
        organization_answers.schedule(ask, day_of(form.get("day", "")), by=by, at=at)
    elif what == "done":
        organization_answers.finish(ask, form.get("outcome", ""), words, by=by, at=at)
    else:
        raise Invalid("Choose one of the answers.")


def day_of(text: str) -> datetime:
    """A date-and-time field in the practice's zone."""
    try:
        day = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("Write the day and time.", field="day") from None
    return day if day.tzinfo else moment_in(session.practice().time_zone, day)


@bp.post("/ask/renewal")
def renew(token: str) -> Response:
    """In one tap, while the referral is open."""
    with transaction():
        partner_links.extend(session.link(), by=session.viewer().actor, at=now())
    flash("This link works for 30 more days.", "success")
    return redirect(url_for("partner_ask.page", token=token), 303)
