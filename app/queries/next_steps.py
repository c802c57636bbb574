"""What a page of cards needs to say what happens next with each: the protocol versions the tasks began with
the texts that wait to leave, and the referrals whose week runs. Three statements, however many cards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.models.message import Message
from app.models.protocol import Protocol
from app.models.referral import Referral
from app.models.task import Task
from app.models.viewer import Viewer
from messaging.delivery import MessageStatus


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Protocols by id, and by task the newest text that has not left and the referral it follows."""

    protocols: Mapping[UUID, Protocol]
    waiting: Mapping[UUID, Message]
    referrals: Mapping[UUID, Referral]


def around(viewer: Viewer, tasks: Iterable[Task]) -> Surroundings:
    """For tasks already found through access."""
    shown = [task for task in tasks if task.is_open]
    protocols = select(Protocol).where(
        Protocol.practice_id == viewer.practice_id,
        Protocol.id.in_({task.protocol_id for task in shown}),
    )
    texts = select(Message).where(
        Message.practice_id == viewer.practice_id,
        Message.patient_id.in_({task.patient_id for task in shown}),
        Message.task_id.in_([task.id for task in shown]),
        Message.status.in_((MessageStatus.QUEUED, MessageStatus.SENDING)),
    )
    return Surroundings(
        {row.id: row for row in db.session.scalars(protocols)},
        {
            row.task_id: row
            for row in db.session.scalars(texts.order_by(Message.created_at, Message.id))
            if row.task_id is not None
        },
        followed(viewer, shown),
    )


def followed(viewer: Viewer, tasks: Iterable[Task]) -> dict[UUID, Referral]:
    """Task → the referral it follows, for open tasks found through access. One statement, or none."""
    wanted = {task.id: task.referral_id for task in tasks if task.is_open and task.referral_id}
    if not wanted:
        return {}
    rows = select(Referral).where(
        Referral.practice_id == viewer.practice_id, Referral.id.in_(set(wanted.values()))
    )
    found = {row.id: row for row in db.session.scalars(rows)}
    return {
        task_id: found[referral_id]
        for task_id, referral_id in wanted.items()
        if referral_id in found
    }
