"""Doors for carriers. No cookie opens them and so no CSRF token guards them: each request is signed."""

from flask import Flask

from app.web.webhooks import twilio, voice


def register(app: Flask) -> None:
    """Add the carriers' routes."""
    app.register_blueprint(twilio.bp)
    app.register_blueprint(voice.bp)
