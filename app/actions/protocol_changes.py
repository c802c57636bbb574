"""A practice's own versions of a protocol: saved whole, never changed afterwards. Tasks that run keep the
version they began with; going back makes a new version that says what an earlier one said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.actions import protocols
from app.actions.wording_versions import others_who_approve
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotFound
from app.models.event import Actor, record
from app.models.protocol import Approval, Protocol
from app.models.protocol_definition import Definition
from app.models.task import TaskType
from app.models.viewer import Viewer

LONGEST_WHY = 300


def save(
    practice_id: UUID,
    definition: Definition,
    *,
    based_on: int,
    why: str,
    by: Viewer,
    at: datetime,
    words_approved: bool = False,
) -> Protocol:
    """Make the definition the version new tasks begin with; one with other words for patients waits for
    another lead or admin first, unless they were approved before.

    Raises Conflict when another version than `based_on` is in force by now, Invalid without a reason or
    without a change.
    """
    kind = TaskType(definition.task_type)
    current = locked(practice_id, kind, at=at)
    if current.version != based_on:
        raise Conflict(
            f"Version {current.version} was saved meanwhile. Look at it, then change it again."
        )
    if not why.strip():
        raise Invalid("Say why it is changed.", field="why")
    before = protocols.read(current)
    if differences(before, definition) == {}:
        raise Invalid("Nothing is different from the version in force.", field="")
    made = _next_version(current, definition, why=why, by=by, at=at)
    if not words_approved and _needs_approval(before, definition, by):
        made.approval = Approval.AWAITED
        record(made, "protocol.drafted", by=by.actor, at=at, task_type=kind.value,
               version=made.version)  # fmt: skip
        return made
    put_in_force(made, instead_of=current)
    tell(made, before, definition, by=by.actor, at=at)
    return made


def put_in_force(version: Protocol, *, instead_of: Protocol) -> None:
    """New tasks begin with it."""
    instead_of.is_current = False
    db.session.flush()  # one current version at a time, also for the index
    version.is_current = True


def tell(
    version: Protocol, before: Definition, after: Definition, *, by: Actor, at: datetime
) -> None:
    """Put on record what new tasks do otherwise from now on."""
    changed = differences(before, after)
    record(version, "protocol.changed", by=by, at=at, task_type=version.task_type.value,
           version=version.version, was=before.version,
           before={name: was for name, (was, _) in changed.items()},
           after={name: now for name, (_, now) in changed.items()})  # fmt: skip


def _needs_approval(before: Definition, after: Definition, by: Viewer) -> bool:
    """Whether somebody else has to read what patients would read, and there is somebody."""
    return before.patient_words != after.patient_words and others_who_approve(by) > 0


def _next_version(
    current: Protocol, definition: Definition, *, why: str, by: Viewer, at: datetime
) -> Protocol:
    version = _newest(current.practice_id, current.task_type) + 1
    made = Protocol(
        practice_id=current.practice_id,
        task_type=current.task_type,
        version=version,
        definition=definition.model_dump(mode="json") | {"version": version},
        created_at=at,
        made_by_id=by.id,
        why=why.strip()[:LONGEST_WHY],
        is_current=False,
        based_on=current.version,
    )
    db.session.add(made)
    return made


def go_back(
    practice_id: UUID, kind: TaskType, version: int, *, why: str, by: Viewer, at: datetime
) -> Protocol:
    """A new version that says what version `version` said. Raises NotFound for one that never was."""
    earlier = version_of(practice_id, kind, version)
    current = protocols.current(practice_id, kind, at=at)
    reason = why.strip() or f"Back to version {version}"
    return save(
        practice_id, protocols.read(earlier), based_on=current.version, why=reason, by=by, at=at,
        words_approved=earlier.approval is Approval.GIVEN,
    )  # fmt: skip


def version_of(practice_id: UUID, kind: TaskType, version: int) -> Protocol:
    found = db.session.scalars(
        select(Protocol).where(
            Protocol.practice_id == practice_id,
            Protocol.task_type == kind,
            Protocol.version == version,
        )
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def differences(before: Definition, after: Definition) -> Mapping[str, tuple[Any, Any]]:
    """The parts that differ, each as it was and as it is; the number of the version is no part."""
    was, now = before.model_dump(mode="json"), after.model_dump(mode="json")
    return {
        name: (was[name], now[name])
        for name in now
        if name != "version" and was.get(name) != now[name]
    }


def locked(practice_id: UUID, kind: TaskType, *, at: datetime) -> Protocol:
    """The version in force, held until commit: of two who save at once the second is told."""
    current = protocols.current(practice_id, kind, at=at)
    db.session.refresh(current, with_for_update=True)
    if not current.is_current:
        raise Conflict("Another version was saved this very moment. Look at it first.")
    return current


def _newest(practice_id: UUID, kind: TaskType) -> int:
    newest = db.session.scalar(
        select(func.max(Protocol.version)).where(
            Protocol.practice_id == practice_id, Protocol.task_type == kind
        )
    )
    return newest or 0
