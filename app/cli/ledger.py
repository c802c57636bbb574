"""`flask ledger verify`: recompute the hash chain and name the first bad row."""

import click
from flask import Flask

from app.actions import seal_check
from app.cli.choices import find_practice
from app.cli.group import Commands

group = Commands("ledger", help="The ledger's chain.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("verify")
@click.option("--practice", "slug", required=True, help="The practice's slug.")
def verify_command(slug: str) -> None:
    """Fail, naming the first bad row, unless every sealed row still has its hash."""
    report = seal_check.verify(find_practice(slug).id)
    if report.bad_seq is not None:
        raise click.ClickException(f"Row {report.bad_seq} of the chain is bad: {report.reason}.")
    click.echo(f"{report.rows} rows verified. Head: {report.head}")
