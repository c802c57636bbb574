"""Giving up a practice's own wording: the shipped words count again."""

from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.models.event import Actor, record
from app.models.message import MessageTemplate
from app.models.practice import Practice


def use_shipped(practice: Practice, key: str, language: str, *, by: Actor, at: datetime) -> None:
    """Drop the practice's own wording of `key`. Raises NotFound when it has none."""
    own = db.session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.key == key,
            MessageTemplate.language == language,
        )
    ).one_or_none()
    if own is None:
        raise NotFound
    record(own, "template.dropped", by=by, at=at, key=key, language=language)
    db.session.delete(own)
