"""The patient side: a link by text to sign in, the chat, what's next, preferences. Light pages of their own,
in the patient's language."""

from flask import Flask

from app.web.portal import (
    calendar,
    chat,
    confirmations,
    next_steps,
    people,
    preferences,
    session,
    sign_in,
)

MODULES = (session, sign_in, chat, next_steps, confirmations, preferences, people, calendar)


def register(app: Flask) -> None:
    for module in MODULES:
        module.register(app)
