"""What every answer carries and every unsafe request must show: security headers, a strict content
policy without inline anything, CSRF tokens, request rates, and the access log's rows."""

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from limits import parse
from werkzeug.exceptions import BadRequest, TooManyRequests

from app import access
from app.core.db import db, transaction
from app.core.settings import current_settings

#: No cookie opens these: bearer tokens and carriers' signatures do.
WITHOUT_COOKIES = ("/api/", "/webhooks/")
CACHEABLE = ("static",)
PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"


def register(app: Flask) -> None:
    settings = app.extensions["touchline.settings"]
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)  # check_csrf below decides by path
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # as long as the session lives
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)  # portal pages send no Referer on purpose
    csrf = CSRFProtect(app)
    app.extensions["touchline.limiter"] = Limiter(
        get_remote_address,
        app=app,
        storage_uri=settings.redis_url or "memory://",
        in_memory_fallback_enabled=bool(settings.redis_url),
        swallow_errors=True,
        headers_enabled=False,
    )

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
    """Raise TooManyRequests when `who` passed `rate`, written as "5/minute"."""
    from flask import current_app

    limiter: Limiter = current_app.extensions["touchline.limiter"]
    if not limiter.limiter.hit(parse(rate), *who):
        raise TooManyRequests("Too many tries. Please wait a minute, then try again.")


def remote_address() -> str:
    return get_remote_address()


def content_policy(public_url: str) -> str:
    """Own scripts, styles and images only; sockets to this origin only."""
    scheme, _, host = public_url.partition("://")
    socket = f"{'wss' if scheme == 'https' else 'ws'}://{host}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"font-src 'self'; connect-src 'self' {socket}; manifest-src 'self'; "
        "frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    )


def add_headers(response: Response) -> Response:
    settings = current_settings()
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_policy(settings.public_url))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", PERMISSIONS)
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if settings.is_https:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint not in CACHEABLE:
        headers["Cache-Control"] = "no-store"
    return response


def write_access_log(response: Response) -> Response:
    """Who was seen in this request, in a transaction of its own."""
    if db.session.info.get("seen"):
        with transaction():
            access.write_seen()
    return response
