"""The language of a page. Staff pages are English; the portal speaks the patient's language, with a switch
that holds for this browser."""

from flask import Flask, g, has_request_context, request
from flask import session as cookie
from flask_babel import Babel, refresh

LANGUAGES = {"en": "English", "es": "Español"}
PORTAL = "/portal"
_CHOSEN = "portal_language"


def register(app: Flask) -> None:
    Babel(app, locale_selector=page_language)


def page_language() -> str:
    """The switch, else the patient's language, else what the browser asks for."""
    if not has_request_context() or not request.path.startswith(PORTAL):
        return "en"
    for wanted in (cookie.get(_CHOSEN), g.get("portal_language")):
        if wanted in LANGUAGES:
            return str(wanted)
    return request.accept_languages.best_match(list(LANGUAGES)) or "en"


def suggest(language: str) -> None:
    """The language of whoever reads this page, unless they chose another here."""
    g.portal_language = language
    _forget_cached()


def choose(language: str | None) -> None:
    """Keep the switch in this browser; None goes back to the patient's own language."""
    cookie.pop(_CHOSEN, None)
    if language in LANGUAGES:
        cookie[_CHOSEN] = language
    _forget_cached()


def _forget_cached() -> None:
    refresh()
