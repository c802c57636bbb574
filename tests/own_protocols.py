"""A practice's own version of a protocol, for tests: the shipped one with some parts replaced."""

from typing import Any

from sqlalchemy import select

from app.core.db import db, transaction
from app.models.protocol import Protocol
from app.models.protocol_definition import Definition
from app.models.shipped.loader import shipped_protocols
from app.models.task import TaskType
from tests.world import World


def changed(type: TaskType, **parts: Any) -> Definition:
    """The shipped definition with these parts (as JSON) instead."""
    data = shipped_protocols()[type].model_dump(mode="json")
    return Definition.model_validate(data | parts)


def put_in_force(world: World, type: TaskType, **parts: Any) -> None:
    """New tasks of the practice begin with the changed definition."""
    definition = changed(type, **parts)
    with transaction():
        row = db.session.scalars(
            select(Protocol).where(
                Protocol.practice_id == world.practice.id,
                Protocol.task_type == type,
                Protocol.is_current,
            )
        ).one()
        row.definition = definition.model_dump(mode="json")


def step(key: str, action: str, template: str | None = None, **more: Any) -> dict[str, Any]:
    return {"key": key, "action": action, "template": template, "wait_days": 0} | more
