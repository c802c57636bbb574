"""`flask search rebuild`: index the records of a practice anew, or everyone's."""

import click
from flask import Flask
from sqlalchemy import select

from app.actions import search_check, search_index
from app.cli.choices import find_practice
from app.cli.group import Commands
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.models.practice import Practice

group = Commands("search", help="What the search finds things by.")
BATCH = 500


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("rebuild")
@click.option("--practice", "slug", help="The practice's slug; without it every practice.")
def rebuild(slug: str | None) -> None:
    """Index everything anew: after another SECRET_KEY, or when `doctor` says so. Safe while in use."""
    if slug:
        chosen = [find_practice(slug)]
    else:
        chosen = list(db.session.scalars(select(Practice).order_by(Practice.slug)))
    slugs = {practice.id: practice.slug for practice in chosen}
    for practice_id, name in slugs.items():
        db.session.rollback()
        with transaction():
            enter_practice(practice_id)
            made = search_check.make_all_due(practice_id)
        click.echo(f"{name}: {made} records")
    done = 0
    while search_index.is_due():
        db.session.rollback()
        with transaction():
            done += search_index.step(BATCH, at=db_now())
    click.echo(f"{done} records are indexed.")
