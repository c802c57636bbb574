"""Staff pages, the patients' portal and the carriers' webhooks: HTML and forms over HTTP. Each module
has a `register(app)`; add yours to the tuple."""

from flask import Flask

from app.web import (
    bell,
    board,
    calls,
    display,
    errors,
    health,
    security,
    session,
    shell,
    sign_in,
    task_changes,
    task_closings,
    tasks,
    topics,
)

MODULES = (
    security, session, errors, display, shell, health, sign_in, topics, bell,
    board, tasks, task_closings, task_changes, calls,
)  # fmt: skip


def register(app: Flask) -> None:
    """Add every page to the app."""
    for module in MODULES:
        module.register(app)
