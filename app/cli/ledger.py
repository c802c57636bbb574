"""`flask ledger …`: recompute the hash chain and name the first bad row; sign where it stands; keys; words
that are deleted on lawful request."""

from typing import Any
from uuid import UUID

import click
from flask import Flask

from app.actions import checkpoints, patients, retention, seal_check, text_erasures
from app.actions.checkpoints import BadCheckpoint
from app.cli.choices import find_practice
from app.cli.group import Commands
from app.core.clock import db_now
from app.core.db import db, transaction
from app.core.ledger_keys import make_key
from app.models.event import SYSTEM, record
from app.models.practice import Practice
from app.models.viewer import system_viewer
from app.queries.retention import keeping

group = Commands("ledger", help="The ledger's chain.")
_PRACTICE = click.option("--practice", "slug", required=True, help="The practice's slug.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("verify")
@_PRACTICE
def verify_command(slug: str) -> None:
    """Fail, naming the first bad row, unless every row has its hash and the chain is the signed one."""
    report = seal_check.verify(find_practice(slug).id, at=db_now())
    if report.bad_seq is not None:
        raise click.ClickException(f"Row {report.bad_seq} of the chain is bad: {report.reason}.")
    if report.reason is not None:
        raise click.ClickException(f"The ledger is not whole: {report.reason}.")
    click.echo(f"{report.rows} rows verified. Head: {report.head}")
    met = report.checkpoint
    if met is None:
        click.echo("No checkpoint yet: that the end was not cut off cannot be shown.")
    else:
        click.echo(f"Checkpoint {met.number} of {met.at} fits: {met.count} rows, root {met.root}")


@group.command("checkpoint")
@_PRACTICE
@click.option(
    "--accept-loss", is_flag=True, help="The chain is shorter on purpose (a restored backup)."
)
def checkpoint_command(slug: str, accept_loss: bool) -> None:
    """Sign where the chain stands now, beside the worker's own ones."""
    practice = find_practice(slug)
    try:
        if accept_loss:
            made: checkpoints.Checkpoint | None = _accept_loss(practice)
        else:
            made = checkpoints.write_due(practice.id, at=db_now())
    except BadCheckpoint as error:
        raise click.ClickException(f"Nothing was signed: {error}.") from None
    click.echo(f"Signed {made.count} rows." if made else "Nothing new to sign.")


def _accept_loss(practice: Practice) -> checkpoints.Checkpoint:
    at = db_now()
    made = checkpoints.accept_loss(practice.id, at=at)
    with transaction():
        row: Any = practice  # events take it as they take a row: it has its own practice's id
        record(row, "ledger.loss_accepted", by=SYSTEM, at=at, rows=made.count)
    return made


@group.command("new-key")
def new_key_command() -> None:
    """A new key signs from now on; what older ones signed can still be checked."""
    click.echo(f"Key {make_key(at=db_now()).keys[-1].id} signs from now on.")


@group.command("purge")
@_PRACTICE
@click.option("--dry-run", is_flag=True, help="Only say how many rows would go.")
def purge_command(slug: str, dry_run: bool) -> None:
    """Delete what is past the time the practice keeps it, as the worker does every night; stubs stay."""
    practice = find_practice(slug)
    due = keeping(system_viewer(practice.id), at=db_now())
    if dry_run:
        click.echo(f"{due.due} rows were written down before {due.before:%Y-%m-%d} and would go.")
        return
    gone = 0
    while went := _purge_some(practice.id):
        gone += went
    click.echo(f"{gone} rows are deleted. Their places in the chain stay, and still verify.")


def _purge_some(practice_id: UUID) -> int:
    with transaction():
        practice = db.session.get_one(Practice, practice_id)
        return retention.purge(practice, by=SYSTEM, at=db_now())


@group.command("delete-words")
@_PRACTICE
@click.option("--mrn", required=True, help="The patient's record number.")
@click.option("--reason", required=True, help="On whose request, and why.")
def delete_words_command(slug: str, mrn: str, reason: str) -> None:
    """Delete a patient's texts, notes and files for good. Rows and their proofs stay."""
    practice = find_practice(slug)
    with transaction():
        patient = patients.known_by_mrn(practice.id, [mrn]).get(mrn)
        if patient is None:
            raise click.ClickException(f"{slug} has no patient with the record number {mrn}.")
        rows = text_erasures.erase(patient, reason=reason, by=SYSTEM, at=db_now())
    click.echo(f"The words of {rows} contacts are deleted. Their rows stay, and still verify.")
