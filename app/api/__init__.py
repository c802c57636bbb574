"""JSON over HTTP for other systems: `/api/v1`, with bearer tokens."""

from flask import Flask

from app.api import v1


def register(app: Flask) -> None:
    """Add the API to the app."""
    v1.register(app)
