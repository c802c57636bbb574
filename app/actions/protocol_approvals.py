"""Words of a protocol that patients read (answers, the line that names them, what the matter is called) are
used only after a lead or admin other than their writer approved them, as every other wording."""

from collections.abc import Sequence
from datetime import datetime

from app.actions import protocol_changes, protocols
from app.actions.wording_versions import DECIDED, LONGEST_REASON, NOT_YOURS, others_who_approve
from app.core.db import db
from app.core.errors import Conflict, Forbidden, Invalid
from app.models.event import record
from app.models.protocol import Approval, Protocol
from app.models.viewer import Viewer


def may_approve(version: Protocol, by: Viewer) -> bool:
    """Somebody other than the writer, where there is somebody."""
    return version.made_by_id != by.id or not others_who_approve(by)


def approvable(versions: Sequence[Protocol], by: Viewer) -> list[bool]:
    """The same for each of many; one statement, and none where nothing waits."""
    if not any(each.approval is Approval.AWAITED for each in versions):
        return [False] * len(versions)
    alone = not others_who_approve(by)
    return [alone or each.made_by_id != by.id for each in versions]


def approve(version: Protocol, *, by: Viewer, at: datetime) -> None:
    """New tasks begin with it. Raises Conflict when another version came into force meanwhile."""
    if not may_approve(version, by):
        raise Forbidden(NOT_YOURS)
    current = protocol_changes.locked(version.practice_id, version.task_type, at=at)
    _decide(version, Approval.GIVEN, by=by, at=at)
    if current.version != version.based_on:
        raise Conflict(
            f"Version {current.version} came into force meanwhile. Write these words once more on it."
        )
    protocol_changes.put_in_force(version, instead_of=current)
    protocol_changes.tell(
        version, protocols.read(current), protocols.read(version), by=by.actor, at=at
    )


def refuse(version: Protocol, reason: str, *, by: Viewer, at: datetime) -> None:
    """Not like this; or the writer takes it back. Raises Invalid without a reason."""
    said = reason.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise Invalid(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")
    _decide(version, Approval.REFUSED, by=by, at=at)
    version.why = f"{version.why or ''}\nNot used: {said}".strip()
    record(version, "protocol.refused", by=by.actor, at=at, task_type=version.task_type.value,
           version=version.version)  # fmt: skip


def _decide(version: Protocol, approval: Approval, *, by: Viewer, at: datetime) -> None:
    db.session.refresh(version, with_for_update={"key_share": True})
    if version.approval is not Approval.AWAITED:
        raise Conflict(DECIDED)
    version.approval, version.decided_at, version.decided_by_id = approval, at, by.id
