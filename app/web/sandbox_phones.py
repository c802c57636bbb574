"""The invented patients' phones, readable and answerable: only with the sandbox carrier, only for a practice
marked invented, only for its own staff. For everybody else there is nothing here."""

import re

from flask import Flask, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from app.actions import incoming_calls, sandbox
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.core.settings import current_settings
from app.queries import sandbox_phones
from app.queries.sandbox_phones import Phone
from app.web.answers import done
from app.web.display import is_fragment
from app.web.moment import now
from app.web.session import signed_in, staff_blueprint, viewer
from messaging import phone as phones

bp = staff_blueprint("sandbox_phones", __name__, url_prefix="/sandbox/phones")
QUICK = ("1", "2", "3", "STOP", "HELP")
LONGEST_TEXT = 1600
#: Numbers set aside for fiction; no real phone has one.
_INVENTED = re.compile(r"\+1\d{3}55501\d{2}")
_LINK = re.compile(r"https?://\S+")

_LINKED = Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>')


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(with_links)


@bp.before_request
def check_invented() -> None:
    """Raise NotFound unless nothing here can reach a real person."""
    if current_settings().carrier != "sandbox" or not signed_in().practice.is_invented:
        raise NotFound
    viewer().check_staff()


@bp.get("")
def index() -> str:
    search = request.args.get("q", "").strip()[:60]
    form = "sandbox/_wall.html" if is_fragment() else "sandbox/wall.html"
    return render_template(form, wall=sandbox_phones.wall(viewer(), search=search), q=search)


@bp.get("/<digits>")
def page(digits: str) -> str:
    """One phone: what is on it, and a place to type."""
    phone = found(digits)
    form = "sandbox/_texts.html" if is_fragment() else "sandbox/phone.html"
    return render_template(form, quick=QUICK, **shown(phone))


@bp.post("/<digits>/texts")
def create_text(digits: str) -> Response | str:
    """The person on this phone texts the practice, or sends the one picture there is."""
    phone = found(digits)
    with_picture = "picture" in request.form
    body = "" if with_picture else text_of(request.form.get("body", ""))
    with transaction():
        sandbox.text_from_phone(
            signed_in().practice, phone.number.e164, body, at=now(), with_picture=with_picture
        )
    if is_fragment():
        return render_template("sandbox/_texts.html", **shown(phone))
    return done("Sent.", then=url_for("sandbox_phones.page", digits=digits))


@bp.post("/<digits>/calls")
def create_call(digits: str) -> str:
    """The person on this phone calls the practice, and hears what a real caller would."""
    phone = found(digits)
    with transaction():
        call = sandbox.call_from_phone(signed_in().practice, phone.number.e164, at=now())
        heard = {"said": incoming_calls.said(call), "rings": incoming_calls.dialled(call)}
    if is_fragment():
        return render_template("sandbox/_call.html", heard=heard)
    return render_template("sandbox/phone.html", quick=QUICK, heard=heard, **shown(phone))


@bp.post("")
def create() -> Response:
    """A number nobody knows texts the practice."""
    e164 = phones.parse(request.form.get("number", ""), region=signed_in().practice.country)
    if not _INVENTED.fullmatch(e164):
        raise Invalid("Use an invented number: 555-0100 to 555-0199.", field="number")
    body = text_of(request.form.get("body", ""))
    with transaction():
        sandbox.text_from_phone(signed_in().practice, e164, body, at=now())
    return done("Sent.", then=url_for("sandbox_phones.page", digits=e164.lstrip("+")))


def found(digits: str) -> Phone:
    phone = sandbox_phones.find_phone(viewer(), f"+{digits}") if digits.isdecimal() else None
    if phone is None:
        raise NotFound
    return phone


def shown(phone: Phone) -> dict[str, object]:
    texts = sandbox.phone_thread(signed_in().practice, phone.number.e164)
    return {"phone_": phone, "texts": texts, "digits": phone.number.e164.lstrip("+")}


def text_of(body: str) -> str:
    """What was typed, as a phone sends it. Raises Invalid."""
    if not body.strip():
        raise Invalid("Type a text first.", field="body")
    if len(body) > LONGEST_TEXT:
        raise Invalid(f"A text has at most {LONGEST_TEXT} characters.", field="body")
    return body


def with_links(body: str) -> Markup:
    """The text, escaped; links of this house can be tapped, nobody else's."""
    home = current_settings().public_url
    made, last = Markup(""), 0
    for match in _LINK.finditer(body):
        url = match.group().rstrip(".,;:!?)")
        made += escape(body[last : match.start()])
        made += (
            _LINKED.format(url.removeprefix(home), url)
            if url.startswith(f"{home}/")
            else escape(url)
        )
        last = match.start() + len(url)
    return made + escape(body[last:])
