"""Admin commands (`flask --app wsgi …`), a file per noun. They open their own transactions and never
start a worker."""

from flask import Flask

from app.cli import database, doctor, ledger, patients, practices, seed, tokens, touchpoints, users


def register(app: Flask) -> None:
    """Add every command group to the app."""
    for module in (database, doctor, ledger, patients, practices, seed, tokens, touchpoints, users):
        module.register(app)
