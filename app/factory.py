"""Builds the Flask app: the one place that knows every edge. Creating an app starts nothing."""

from inspect import iscoroutinefunction

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import api, cli, realtime, web
from app.core import crypto, failpoints, log
from app.core.db import db, prepare_engine
from app.core.settings import ROOT, Settings, read_settings
from app.models import registry  # noqa: F401 - every record is known before the first query


def create_app(settings: Settings | None = None) -> Flask:
    """A configured app. Raises ConfigError when a setting is missing or odd."""
    settings = settings or read_settings()
    log.configure()
    failpoints.arm(settings.failpoint)
    app = Flask("app", root_path=str(ROOT / "app"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_ENGINES={"default": engine_options(settings)},
        SESSION_COOKIE_NAME="touchline",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        MAX_FORM_PARTS=200,
    )
    app.extensions["touchline.settings"] = settings
    app.extensions["touchline.keyring"] = crypto.Keyring(settings.data_keys, settings.secret_key)
    db.init_app(app)
    # The extension also closes async sessions, through an event loop that cannot run under gevent.
    # We open none.
    app.teardown_appcontext_funcs[:] = [
        function for function in app.teardown_appcontext_funcs if not iscoroutinefunction(function)
    ]
    with app.app_context():
        for engine in db.engines.values():
            prepare_engine(engine)
    register_edges(app)
    if settings.proxy_hops:  # only who called: host, scheme and path come from PUBLIC_URL alone
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxy_hops, x_proto=0, x_host=0, x_prefix=0
        )
    return app


#: A PostgreSQL that does not answer is given up before the carrier gives up on us (15 s).
NETWORK = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def engine_options(settings: Settings) -> dict[str, object]:
    """Engine arguments per database."""
    if settings.is_sqlite:
        return {
            "url": settings.database_url,
            "hide_parameters": True,  # an error in the log must not carry a patient's words
            "connect_args": {"check_same_thread": False},
            "pool_size": 100,
            "max_overflow": 0,
        }
    return {
        "url": settings.database_url,
        "hide_parameters": True,
        "connect_args": NETWORK,
        "pool_size": 20,
        "max_overflow": 0,  # such a connection is closed after each use: a burst would only open connections
    }


def register_edges(app: Flask) -> None:
    """Blueprints, commands and sockets, each by its own `register(app)`."""
    cli.register(app)
    web.register(app)
    api.register(app)
    realtime.register(app)
