"""What a patient told us in the portal before we asked, as long as they may take it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from app import access
from app.core.db import db
from app.models.message import Channel, Direction, Message
from app.models.task import Task, TaskStatus
from app.models.viewer import Viewer

FOR = timedelta(days=1)


def confirmed_lately(viewer: Viewer, *, at: datetime) -> Sequence[Task]:
    """The tasks their own word closed, the newest first. One statement."""
    said = select(Message.understood).where(
        Message.practice_id == Task.practice_id,
        Message.patient_id == Task.patient_id,
        Message.task_id == Task.id,
        Message.direction == Direction.INBOUND,
        Message.channel == Channel.PORTAL,
        Message.created_at > at - FOR,
        Message.created_at == Task.completed_at,
    )
    rows = db.session.execute(
        access.visible_tasks(viewer)
        .add_columns(said.limit(1).scalar_subquery())
        .where(
            and_(Task.status == TaskStatus.COMPLETED, Task.completed_at > at - FOR),
            Task.completed_by_kind == "patient",
        )
        .order_by(Task.completed_at.desc(), Task.id)
        .limit(20)
    )
    return [task for task, understood in rows if (understood or {}).get("kind") == "confirmed"]
