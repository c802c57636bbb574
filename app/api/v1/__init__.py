"""Version 1 of the API. Every view finds through `access` as its token, writes in one transaction and
answers what the OpenAPI document says."""

from flask import Flask

from app.api.v1 import (
    appointments,
    auth,
    exports,
    medication_orders,
    messages,
    openapi,
    patients,
    problems,
    referrals,
    tasks,
    touchpoints,
)
from app.api.v1.blueprint import bp

NOUNS = (patients, tasks, messages, referrals, appointments, medication_orders, touchpoints,
         exports)  # fmt: skip


def register(app: Flask) -> None:
    """Add every operation, the door in front of them, and the document that describes them."""
    app.register_blueprint(bp)


__all__ = ["NOUNS", "auth", "bp", "openapi", "problems", "register"]
