"""Signing in to the portal: ask for a link, open it (which changes nothing), spend it with the birth date;
and signing out. Asking answers the same for every number, and after the same time."""

import time
from collections.abc import Mapping, Sequence
from datetime import date

from flask import Flask, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.actions import portal_links, portal_sessions
from app.core.crypto import digest
from app.core.db import db, enter_practice, transaction
from app.core.errors import NotFound
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.secret import PortalLink
from app.queries.portal_session import languages_of, only_practice, practice_named
from app.web import locale, security
from app.web.answers import way_back
from app.web.moment import now
from app.web.portal import session
from messaging import phone
from messaging.errors import BadNumber

bp = session.open_blueprint("portal_sign_in", __name__)

#: Each number, known or not; a household or a clinic's waiting room may share one address.
PER_NUMBER = ("3/10 minute", "10/day")
PER_ADDRESS = ("30/10 minute", "200/day")
#: A hard stop against somebody who makes us text: links a practice sends by this page a day.
PER_PRACTICE = "1000/day"
#: Every answer takes this long, so that the time tells nothing about the number.
ANSWER_SECONDS = 0.4
TRIES_OF_LINK = "20/10 minute"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/portal")
def start() -> Response | str:
    """Home when signed in, else to the sign-in page of the practice."""
    if session.find_signed_in() is not None:
        return redirect(url_for("portal_chat.page"), 303)
    practice = only_practice()
    slug = session.last_practice() or (practice.slug if practice else None)
    if slug is not None and practice_named(slug) is not None:
        return redirect(url_for("portal_sign_in.page", slug=slug), 303)
    return render_template("portal/which_practice.html")


@bp.get("/portal/<slug>")
def page(slug: str) -> Response | str:
    practice = practice_for(slug)
    if session.find_signed_in() is not None:
        return redirect(url_for("portal_chat.page"), 303)
    return render_template("portal/sign_in.html", practice=practice, error=None, typed="")


@bp.post("/portal/<slug>/links")
def create_link(slug: str) -> Response | tuple[str, int]:
    """Text a link if the number is a patient's; the answer never tells."""
    began = time.monotonic()
    practice = practice_for(slug)
    typed = request.form.get("phone", "")[:40]
    try:
        e164 = phone.parse(typed, region=practice.country)
    except BadNumber:
        wrong = gettext("That is not a complete mobile number. Please write all ten digits.")
        return render_template(
            "portal/sign_in.html", practice=practice, error=wrong, typed=typed
        ), 422
    check_rates(practice, e164)
    with transaction():
        portal_links.send_to_number(practice, e164, at=now())
    time.sleep(max(0.0, ANSWER_SECONDS - (time.monotonic() - began)))
    return redirect(url_for("portal_sign_in.sent", slug=slug), 303)


@bp.get("/portal/<slug>/links")
def sent(slug: str) -> str:
    return render_template("portal/link_sent.html", practice=practice_for(slug))


@bp.get("/portal/in/<token>")
def link(token: str) -> str | tuple[str, int]:
    """A button and the question for the birth date; nothing is spent by looking."""
    found = find_live(token)
    if found is None:
        return render_template("portal/dead_link.html"), 410
    return drawn(found, token)


@bp.post("/portal/in/<token>")
def create_session(token: str) -> Response | tuple[str, int]:
    """The right birth date spends the link and begins a session."""
    security.check_rate(TRIES_OF_LINK, "portal-in", security.remote_address())
    found = find_live(token)
    if found is None:
        return render_template("portal/dead_link.html"), 410
    born = birth_date_of(request.form)
    if born is None:
        return refuse(token, gettext("Please write the day, the month and the year you were born."))
    secret = ""
    with transaction():
        opened = portal_links.spend(found, born, at=now(), chosen=request.form.get("patient"))
        if opened.patient is not None:
            secret = portal_sessions.begin(opened.patient, at=now())
    if secret:
        return let_in(found, secret)
    if opened.people:
        people = labels_of(opened.people)
        return render_template(
            "portal/which_person.html", token=token, born=born, people=people
        ), 200
    return refuse(token, gettext("That birth date does not match. Please check it and try again."))


@bp.post("/portal/sign-out")
def delete() -> Response:
    """End the session; back to the practice's own page."""
    response = redirect(url_for("portal_sign_in.start"), 303)
    session.finish(response)
    response.headers["Clear-Site-Data"] = '"storage"'  # half-typed words stay with nobody
    return response


@bp.post("/portal/language")
def choose_language() -> Response:
    """The switch: this browser's pages only; what we send is set under preferences."""
    locale.choose(request.form.get("language"))
    return redirect(way_back(url_for("portal_sign_in.start")), 303)


def practice_for(slug: str) -> Practice:
    """The practice this page belongs to; raises NotFound."""
    found = practice_named(slug)
    if found is None:
        raise NotFound
    enter_practice(found.id)
    return found


def check_rates(practice: Practice, e164: str) -> None:
    """Raise TooManyRequests; the number is counted by its digest, known or not."""
    for rate in PER_NUMBER:
        security.check_rate(rate, "portal-number", str(practice.id), digest(e164))
    for rate in PER_ADDRESS:
        security.check_rate(rate, "portal-address", security.remote_address())
    security.check_rate(PER_PRACTICE, "portal-practice", str(practice.id))


def find_live(token: str) -> PortalLink | None:
    """The link, if it still works; the page speaks the language of its people."""
    found = portal_links.find_link(token) if len(token) <= 100 else None
    if found is None or not portal_links.is_live(found, at=now()):
        return None
    languages = languages_of(found)
    if len(languages) == 1:
        locale.suggest(languages[0])
    return found


def refuse(token: str, error: str) -> tuple[str, int]:
    """The same question again, or the end of this link."""
    found = find_live(token)
    if found is None:
        return render_template("portal/dead_link.html"), 410
    return drawn(found, token, error=error), 422


def drawn(found: PortalLink, token: str, *, error: str | None = None) -> str:
    practice = practice_of(found)
    return render_template("portal/birth_date.html", practice=practice, token=token, error=error)


def let_in(found: PortalLink, secret: str) -> Response:
    response = redirect(url_for("portal_chat.page"), 303)
    session.begin(response, secret, practice_of(found).slug)
    return response


def practice_of(found: PortalLink) -> Practice:
    return db.session.get_one(Practice, found.practice_id)


def birth_date_of(form: Mapping[str, str]) -> date | None:
    """The day written in three fields, or None when there is no such day."""
    try:
        return date(int(form.get("year", "")), int(form.get("month", "")), int(form.get("day", "")))
    except ValueError:
        return None


def labels_of(people: Sequence[Patient]) -> list[tuple[str, str]]:
    """(id, initials) to choose from; first names where the initials are the same."""
    initials = [person.initials for person in people]
    tell = len(set(initials)) == len(initials)
    return [(str(p.id), p.initials if tell else p.given_name) for p in people]
