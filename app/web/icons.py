"""The icons as ready markup. A page of cards shows hundreds of them: each is made once."""

from functools import lru_cache

from flask import Flask, url_for
from markupsafe import Markup

_ICON = Markup(
    '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#ti-{}"></use></svg>'
)


def register(app: Flask) -> None:
    app.add_template_global(icon, "icon_markup")


def icon(name: str, css: str = "") -> Markup:
    """One of bin/icons.txt, from the application's own sprite."""
    return _made(name, css)


@lru_cache(maxsize=1024)
def _made(name: str, css: str) -> Markup:
    return _ICON.format(css, url_for("static", filename="vendor/icons.svg"), name)
