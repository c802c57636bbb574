"""The door of the API: a bearer token, its practice and its scopes, and how often it may knock."""

from datetime import timedelta

from flask import current_app, g, request
from flask_limiter.util import get_remote_address
from limits import RateLimitItem, parse
from limits.errors import StorageError

from app.actions import tokens
from app.api.v1.blueprint import bp
from app.api.v1.problems import Refused
from app.core.clock import db_now
from app.core.db import db, transaction
from app.models.secret import ApiToken
from app.models.viewer import Viewer, token_viewer

#: Generous: a panel of thousands can be sent in minutes; a loop gone wild is slowed down.
PER_TOKEN = parse("6000/minute")
PER_STRANGER = parse("600/minute")
OPEN_ENDPOINTS = frozenset({"api_v1.openapi_document"})
_LONGEST_TOKEN = 200
_NOTE_USE_EVERY = timedelta(minutes=1)


@bp.before_request
def check_token() -> None:
    """Find who asks. Raises 401 without a token in force, 429 when they ask too often."""
    if request.endpoint not in OPEN_ENDPOINTS:
        let_in()


def let_in() -> None:
    """The token of this request becomes its viewer. Raises 401 and 429 as above."""
    token = _token()
    if token is None:
        _check_rate(PER_STRANGER, get_remote_address())
        raise Refused(401, "Send a token in force: Authorization: Bearer TOKEN.")
    _check_rate(PER_TOKEN, str(token.id))
    _note_use(token)
    g.api_viewer = token_viewer(token)


def viewer(scope: str) -> Viewer:
    """The token as a viewer. Raises Forbidden unless it carries the scope."""
    found: Viewer = g.api_viewer
    found.check_scope(scope)
    return found


def _token() -> ApiToken | None:
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip()
    if kind.lower() != "bearer" or not text or len(text) > _LONGEST_TOKEN or not text.isascii():
        return None
    return tokens.find_token(text)


def _note_use(token: ApiToken) -> None:
    if token.last_used_at is not None and db_now() - token.last_used_at < _NOTE_USE_EVERY:
        return
    with transaction():
        tokens.note_use(db.session.merge(token, load=False), at=db_now())


def _check_rate(rate: RateLimitItem, who: str) -> None:
    """Raise 429 past the rate. While Redis is away this process counts alone."""
    try:
        is_within = current_app.extensions["touchline.limiter"].hit(rate, "api", who)
    except StorageError:
        is_within = current_app.extensions["touchline.alone"].hit(rate, "api", who)
    if not is_within:
        raise Refused(429, "Wait a moment, then go on more slowly.")
