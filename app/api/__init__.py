"""JSON over HTTP for other systems, with bearer tokens: `/api/v1`, and FHIR's bulk export at `/api/fhir`."""

from flask import Flask

from app.api import fhir, v1


def register(app: Flask) -> None:
    """Add the API to the app."""
    v1.register(app)
    fhir.register(app)
