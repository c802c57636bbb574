"""Where the code of a printed form leads, by its QR or typed: the office to a form that shows nobody, and
whoever of the staff keys the fax to their own. Looking changes nothing; a button makes a link for a while."""

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from app.actions import partner_links, referrers
from app.core.crypto import digest
from app.core.db import enter_practice, transaction
from app.core.errors import NotFound
from app.core.settings import current_settings
from app.models.event import SYSTEM
from app.models.partner_link import LinkScope
from app.models.practice import Practice
from app.models.referral import Referrer
from app.queries.portal_session import practice_named
from app.web import security
from app.web.moment import now
from app.web.partner import errors, session
from app.web.session import find_viewer

bp = Blueprint("partner_code", __name__, url_prefix="/refer/<slug>")
errors.attach(bp)
bp.after_request(session.keep_to_ourselves)
#: Long enough to fill in a form and correct it.
LIVES = timedelta(hours=4)
PER_CODE = "30/hour"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def address_of(practice: Practice, code: str = "") -> str:
    """As it stands on paper."""
    path = "/".join(each for each in ("/refer", practice.slug, code) if each)
    return f"{current_settings().public_url}{path}"


def without_scheme(address: str) -> str:
    """As people type it."""
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}"


def qr_of(address: str) -> Markup:
    """The address for a phone's camera."""
    import segno  # only printed forms need it

    code = segno.make(address, micro=False, error="m")
    return Markup(code.svg_inline(scale=3, border=4, svgclass="form-qr", lineclass=None))  # noqa: S704 - our own


def practice_for(slug: str) -> Practice:
    """Raises NotFound for a wrong address."""
    security.check_rate(session.PER_ADDRESS, "partner-address", security.remote_address())
    practice = practice_named(slug)
    if practice is None:
        raise NotFound
    enter_practice(practice.id)
    return practice


def find_office(practice: Practice, code: str) -> Referrer | None:
    """Who tries too many wrong ones is refused."""
    office = referrers.find_by_code(practice.id, code)
    if office is None:
        security.check_rate(session.WRONG_PER_ADDRESS, "partner-wrong", security.remote_address())
    return office


def drawn(practice: Practice, office: Referrer | None, code: str) -> str:
    return render_template("partner/code.html", practice=practice, office=office, code=code)


@bp.get("")
def page(slug: str) -> str:
    return drawn(practice_for(slug), None, "")


@bp.post("")
def find(slug: str) -> Response | tuple[str, int]:
    """A code that was typed."""
    practice, typed = practice_for(slug), request.form.get("code", "")[:40]
    office = find_office(practice, typed)
    if office is None:
        return drawn(practice, None, typed or " "), 422
    return redirect(url_for("partner_code.show", slug=slug, code=office.form_code), 303)


@bp.get("/<code>")
def show(slug: str, code: str) -> Response | str | tuple[str, int]:
    """The door to the form; staff of the practice are led to theirs."""
    viewer = find_viewer()
    practice = practice_for(slug)
    if viewer is not None and viewer.practice_id == practice.id:
        return redirect(url_for("referrals.new", code=code), 303)
    office = find_office(practice, code)
    return drawn(practice, office, code) if office else (drawn(practice, None, code), 404)


@bp.post("/<code>")
def create(slug: str, code: str) -> Response | tuple[str, int]:
    practice = practice_for(slug)
    office = find_office(practice, code)
    if office is None:
        return drawn(practice, None, code), 404
    security.check_rate(PER_CODE, "partner-code", digest(str(office.id)))
    with transaction():
        _, address = partner_links.make(
            practice.id, LinkScope.INTAKE, office.id, by=SYSTEM, at=now(), lives=LIVES
        )
    token = address.rsplit("/", 1)[1]
    return redirect(url_for("partner_intake.page", token=token), 303)
