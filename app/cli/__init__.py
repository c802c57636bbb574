"""Admin commands (`flask --app wsgi …`), a file per noun. They open their own transactions and never
start a worker."""

from flask import Flask

from app.cli import (
    backups,
    database,
    doctor,
    fhir,
    ledger,
    mail,
    measures,
    patients,
    payers,
    practices,
    restores,
    search,
    seed,
    set_up,
    tokens,
    touchpoints,
    users,
    work,
)

NOUNS = (
    backups, database, doctor, fhir, ledger, mail, measures, patients, payers, practices, restores, search,
    seed, set_up, tokens, touchpoints, users, work,
)  # fmt: skip


def register(app: Flask) -> None:
    """Add every command group to the app."""
    for module in NOUNS:
        module.register(app)
