"""The door of every link: who it is from and what is behind it, and a button. Looking changes nothing; the
button opens the page behind it in this browser."""

from collections.abc import Callable

from flask import Flask, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.actions import partner_links
from app.core.db import transaction
from app.models.partner_link import LinkScope
from app.web.moment import now
from app.web.partner import session

bp = session.partner_blueprint("partner", __name__, *LinkScope)
#: The page behind the door, by scope: an endpoint that takes `token`. Modules add theirs.
HOMES: dict[LinkScope, str] = {}
#: What opening means for what is behind the door; inside the request's transaction.
OPENINGS: dict[LinkScope, Callable[[], None]] = {}
#: What stands on the door.
WORDS = {
    LinkScope.REFERRAL: "A note about one referral",
    LinkScope.OFFICE: "The referrals of your office",
    LinkScope.DAY_LIST: "Today's list",
    LinkScope.INTAKE: "Refer a patient",
    LinkScope.ASK: "Somebody needs your help",
}
#: Nothing private is behind these: no button in between.
OPEN_SCOPES = frozenset({LinkScope.INTAKE})


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def nothing() -> None:
    """Most doors only open."""


@bp.get("")
def page(token: str) -> Response | str:
    home = HOMES.get(session.link().scope)
    if home and (session.is_opened() or session.link().scope in OPEN_SCOPES):
        return redirect(url_for(home, token=token), 303)
    return render_template("partner/door.html", token=token, what=WORDS[session.link().scope])


@bp.post("")
def create_visit(token: str) -> Response:
    """A person is there."""
    with transaction():
        partner_links.note_opened(session.link(), at=now())
        OPENINGS.get(session.link().scope, nothing)()
    session.remember_opened()
    return redirect(url_for(HOMES.get(session.link().scope, "partner.page"), token=token), 303)
