"""FHIR R4 over HTTP: bulk export (`/api/fhir/$export`), the asynchronous pattern of HL7's Bulk Data Access
guide, with the API's bearer tokens."""

from flask import Flask

from app.api.fhir import exports, kick_off
from app.api.fhir.door import bp


def register(app: Flask) -> None:
    app.register_blueprint(bp)


__all__ = ["exports", "kick_off", "register"]
