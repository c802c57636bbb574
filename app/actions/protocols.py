"""Finding the protocol of a task: the practice's current version for a new one, the version it began
with for a running one."""

import json
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import select

from app.actions.protocol_install import install_shipped
from app.core.db import db
from app.core.errors import Invalid
from app.models.protocol import Protocol
from app.models.protocol_definition import Definition
from app.models.task import Task, TaskType


def current(practice_id: UUID, task_type: TaskType, *, at: datetime) -> Protocol:
    """The version new tasks begin with; a practice older than a shipped protocol gets it with first use.

    Raises Invalid when there is none for the type.
    """
    of_type = select(Protocol).where(
        Protocol.practice_id == practice_id, Protocol.task_type == task_type, Protocol.is_current
    )
    with db.session.no_autoflush:  # what waits to be written is no protocol
        found = db.session.scalars(of_type).one_or_none()
    if found is None and install_shipped(practice_id, task_type, at=at):
        found = db.session.scalars(of_type).one_or_none()
    if found is None:
        raise Invalid("This practice has no protocol for this kind of task.", field="type")
    return found


def definition_of(task: Task) -> Definition:
    """What the task's own protocol version says."""
    protocol = db.session.get_one(Protocol, (task.practice_id, task.protocol_id))
    # A session lets go of what nobody holds, and one answer asks for its protocol again and again.
    db.session.info.setdefault("protocols", {})[protocol.id] = protocol
    return read(protocol)


def read(protocol: Protocol) -> Definition:
    """The checked definition of a protocol row."""
    return _parsed(json.dumps(protocol.definition, sort_keys=True))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Definition:
    return Definition.model_validate_json(text)
