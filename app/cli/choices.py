"""Finding what a command names: a practice by slug, with a clear message when it isn't there."""

import click
from sqlalchemy import select

from app.core.db import db, enter_practice
from app.models.practice import Practice


def find_practice(slug: str) -> Practice:
    """The practice with this slug. Raises ClickException naming those that exist."""
    found = db.session.scalars(select(Practice).where(Practice.slug == slug)).one_or_none()
    if found is None:
        known = ", ".join(
            db.session.scalars(select(Practice.slug).order_by(Practice.slug).limit(20))
        )
        raise click.ClickException(
            f"No practice has the slug {slug!r}. There are: {known or 'none yet'}."
        )
    enter_practice(found.id)
    return found
