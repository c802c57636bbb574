"""Files that came with texts: those of the messages on a page, and one with its bytes. What a viewer may see
of them is what they may see of the message."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, undefer

from app.access import seen, visible_messages
from app.core.db import db
from app.core.errors import NotFound
from app.models.media import Media, MediaStatus
from app.models.message import Message
from app.models.viewer import Viewer

Files = Mapping[UUID, list[Media]]


def files_of(viewer: Viewer, messages: Iterable[Message]) -> Files:
    """The files of messages found through access, by message, in order and without their bytes."""
    ids = [message.id for message in messages if message.is_inbound]
    rows = db.session.scalars(
        select(Media)
        .where(Media.practice_id == viewer.practice_id, Media.message_id.in_(ids))
        .order_by(Media.message_id, Media.position)
        .execution_options(populate_existing=True)
    )
    found: dict[UUID, list[Media]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(row)
    return found


def media_for(viewer: Viewer, media_id: UUID, *, whole: bool = False) -> Media:
    """One file of a message the viewer sees; `whole`: with its bytes, which must be here.

    Raises NotFound. The look is noted for the access log.
    """
    messages = visible_messages(viewer).with_only_columns(Message.id)
    statement = select(Media).where(
        Media.practice_id == viewer.practice_id,
        Media.id == media_id,
        Media.message_id.in_(messages),
    )
    if whole:
        statement = statement.where(Media.status == MediaStatus.FETCHED).options(
            undefer(Media.content)
        )
    found = db.session.scalars(statement.options(joinedload(Media.message))).one_or_none()
    if found is None:
        raise NotFound
    if found.message.patient_id is not None:
        seen(viewer, [found.message.patient_id], through="media")
    return found
