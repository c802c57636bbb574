"""What every answer carries and every unsafe request must show: security headers, a strict content
policy without inline anything, CSRF tokens, request rates, and the access log's rows."""

from functools import cache

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import BadRequest, TooManyRequests

from app import access
from app.core.db import db, transaction
from app.core.log import logger
from app.core.settings import current_settings
from app.web.session import AUTOMATIC

log = logger("security")
#: No cookie opens these: bearer tokens and carriers' signatures do.
WITHOUT_COOKIES = ("/api/", "/webhooks/")
CACHEABLE = ("static",)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"
#: A Redis that hangs must not hang the sign-in page; its errors come wrapped as StorageError.
REDIS_OPTIONS: dict[str, str | int] = {
    "wrap_exceptions": True,
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
}


class CookieSessions(SecureCookieSessionInterface):
    """Flask's own, but no cookie is read or written where none opens anything."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(WITHOUT_COOKIES):
            return self.make_null_session(app)
        return super().open_session(app, request)


def register(app: Flask) -> None:
    app.session_interface = CookieSessions()
    settings = app.extensions["touchline.settings"]
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)  # check_csrf below decides by path
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # as long as the session lives
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)  # portal pages send no Referer on purpose
    csrf = CSRFProtect(app)
    # The counting itself: Flask-Limiter's extension would look for limits of its own at every request.
    app.extensions["touchline.limiter"] = FixedWindowRateLimiter(
        storage_from_string(settings.redis_url, **REDIS_OPTIONS)
        if settings.redis_url
        else MemoryStorage()
    )
    app.extensions["touchline.alone"] = FixedWindowRateLimiter(MemoryStorage())

    @app.before_request
    def check_csrf() -> None:
        if request.path.startswith(WITHOUT_COOKIES):
            return
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            check_site()
        if app.config["WTF_CSRF_ENABLED"]:
            csrf.protect()

    app.after_request(add_headers)
    app.after_request(write_access_log)


def check_site() -> None:
    """Refuse what the browser itself says came from another site."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise BadRequest("This form was sent from another site.")


def check_rate(rate: str, *who: str) -> None:
    """Raise TooManyRequests when `who` passed `rate`, written as "5/minute".

    Without Redis (it is down, or there is none) this process counts alone.
    """
    try:
        is_within = current_app.extensions["touchline.limiter"].hit(parse(rate), *who)
    except StorageError as error:
        log.warning("rates are counted by this process alone", error=type(error).__name__)
        is_within = current_app.extensions["touchline.alone"].hit(parse(rate), *who)
    if not is_within:
        raise TooManyRequests("Too many tries. Please wait a minute, then try again.")


def remote_address() -> str:
    return get_remote_address()


@cache
def content_policy(origins: tuple[str, ...]) -> str:
    """Own scripts, styles and images only; sockets to our own origin only."""
    sockets = " ".join(origin.replace("http", "ws", 1) for origin in origins)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"font-src 'self'; connect-src 'self' {sockets}; manifest-src 'self'; "
        "frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    )


@cache
def usual_headers(origins: tuple[str, ...], is_https: bool) -> tuple[tuple[str, str], ...]:
    """What every answer carries unless its view says otherwise."""
    secure = (("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),)
    return (
        ("Content-Security-Policy", content_policy(origins)),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", PERMISSIONS),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        *(secure if is_https else ()),
    )


def add_headers(response: Response) -> Response:
    settings, headers = current_settings(), response.headers
    said = {name.lower() for name in headers.keys()}  # noqa: SIM118 - iterating gives pairs
    for name, value in usual_headers(settings.origins, settings.is_https):
        if name.lower() not in said:
            headers.add(name, value)
    if request.endpoint not in CACHEABLE or response.status_code >= 400:
        headers["Cache-Control"] = "no-store"
    return response


def write_access_log(response: Response) -> Response:
    """Who was seen in this request, in a transaction of its own."""
    if db.session.info.get("seen"):
        with transaction():
            access.write_seen(page_asked_by_itself=AUTOMATIC in request.headers)
    return response
