"""Staff pages, the patients' portal and the carriers' webhooks: HTML and forms over HTTP. Each module
has a `register(app)`; add yours to the tuple."""

from flask import Flask

from app.web import bell, display, errors, health, security, session, shell, sign_in, topics

MODULES = (security, session, errors, display, shell, health, sign_in, topics, bell)


def register(app: Flask) -> None:
    """Add every page to the app."""
    for module in MODULES:
        module.register(app)
