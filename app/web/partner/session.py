"""Links at the edge: which link a request brings, whether it lives, and whether this browser opened it. The
blueprints of the partner side come from here, with their own errors, headers and rates."""

from flask import Blueprint, g, make_response, render_template, request
from flask import session as cookie
from werkzeug.wrappers import Response

from app.actions import link_renewals, partner_links
from app.actions.link_renewals import Standing
from app.core.crypto import digest
from app.core.db import db
from app.models.partner_link import LinkScope, PartnerLink
from app.models.practice import Practice
from app.models.viewer import Viewer, partner_viewer
from app.web import security
from app.web.moment import now
from app.web.partner import errors
from app.web.session import AUTOMATIC

#: Looks and knocks of one address; an office may share one with others.
PER_ADDRESS = "120/minute"
#: Tokens that open nothing, of one address.
WRONG_PER_ADDRESS = "20/10 minute"
#: What may be done through one link.
CHANGES_PER_LINK = "30/10 minute"
_OPENED = "partner_links"
_MOST_OPENED = 20
_LONGEST_TOKEN = 100


def partner_blueprint(name: str, import_name: str, *scopes: LinkScope) -> Blueprint:
    """Pages under `/partner/<token>/` for links of these scopes. Each view takes `token`."""
    made = Blueprint(name, import_name, url_prefix=f"{partner_links.PATH}/<token>")
    errors.attach(made)
    made.before_request(lambda: check_link(scopes))
    made.after_request(keep_to_ourselves)
    made.context_processor(to_templates)
    return made


def check_link(scopes: tuple[LinkScope, ...]) -> Response | None:
    """Find the link of this request; the page about dead links for everything else."""
    token = str((request.view_args or {}).get("token", ""))
    found = find(token)
    if found is None or found.scope not in scopes:
        return errors.dead_link()
    standing = link_renewals.standing(found, at=now())
    if standing is not Standing.LIVE:
        return ended(found, standing, token)
    if request.method not in ("GET", "HEAD"):
        security.check_rate(CHANGES_PER_LINK, "partner-link", digest(token))
    g.partner_link = found
    return None


def find(token: str) -> PartnerLink | None:
    """The link behind a token, live or dead; who looks too often is refused."""
    security.check_rate(PER_ADDRESS, "partner-address", security.remote_address())
    found = partner_links.find(token) if len(token) <= _LONGEST_TOKEN else None
    if found is None:
        security.check_rate(WRONG_PER_ADDRESS, "partner-wrong", security.remote_address())
    return found


def ended(found: PartnerLink, standing: Standing, token: str) -> Response:
    """The page in place of what a link opened; whoever holds it may have a fresh one sent."""
    if standing not in (Standing.RENEWABLE, Standing.OVER):
        return errors.dead_link()
    page = render_template(
        "partner/ended.html", practice=practice_of(found), token=token,
        is_over=standing is Standing.OVER, way=link_renewals.way(found),
    )  # fmt: skip
    return make_response(page, 410)


def link() -> PartnerLink:
    """The live link of this request."""
    found: PartnerLink = g.partner_link
    return found


def viewer() -> Viewer:
    return partner_viewer(link())


def practice() -> Practice:
    return practice_of(link())


def practice_of(found: PartnerLink) -> Practice:
    return db.session.get_one(Practice, found.practice_id)


def is_opened() -> bool:
    """Whether somebody pressed the button in this browser."""
    return str(link().id) in cookie.get(_OPENED, [])


def remember_opened() -> None:
    others = [each for each in cookie.get(_OPENED, []) if each != str(link().id)]
    cookie[_OPENED] = [*others[-_MOST_OPENED + 1 :], str(link().id)]


def is_automatic() -> bool:
    """Whether the page asked by itself."""
    return AUTOMATIC in request.headers


def keep_to_ourselves(response: Response) -> Response:
    """A link's token must not travel in a Referer, nor its pages into a search engine."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def to_templates() -> dict[str, object]:
    known = "partner_link" in g
    return {"practice": practice() if known else None, "link": link() if known else None}
