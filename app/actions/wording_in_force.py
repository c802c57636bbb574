"""Which words of a wording are in force: a draft somebody approved, a version approved before, or the shipped
words again. The event of each holds the words before and after."""

from datetime import datetime
from typing import Any

from app.actions import wording_versions
from app.core.db import db
from app.core.errors import Conflict, Forbidden, NotFound
from app.models.event import record
from app.models.known_wording import Known
from app.models.message import MessageTemplate
from app.models.practice import Practice
from app.models.viewer import Viewer
from app.models.wording_version import SHIPPED, VersionState, WordingVersion


def approve(
    practice: Practice, known: Known, version: WordingVersion, *, by: Viewer, at: datetime
) -> None:
    """Use a draft from now on; texts that are written already keep their words.

    Raises Forbidden for its writer where somebody else could approve, Invalid when the lint objects by
    now, Conflict when somebody has decided already.
    """
    if not wording_versions.may_approve(version, by):
        raise Forbidden(wording_versions.NOT_YOURS)
    wording_versions.check(practice, known, version.language, version.body)
    wording_versions.take_turn(practice)
    wording_versions.decide(version, VersionState.APPROVED, by=by, at=at)
    before = _put_in_force(practice, version, at=at)
    record(version, "template.approved", by=by.actor, at=at, alone=version.approved_alone,
           **_facts(version, before))  # fmt: skip


def use_again(
    practice: Practice, known: Known, version: WordingVersion, *, by: Viewer, at: datetime
) -> WordingVersion:
    """Go back to a version that was approved before: at once, as a new version with its words.

    Raises Conflict for one that never was approved or is in force; Invalid when the lint objects by now.
    """
    wording_versions.take_turn(practice)
    now_used = wording_versions.in_force(practice, version.key, version.language)
    if not version.is_usable or (now_used is not None and now_used.body == version.body):
        raise Conflict("These words can't be gone back to. Look again.")
    wording_versions.check(practice, known, version.language, version.body)
    row = wording_versions.add(
        practice, known, version.language, version.body, VersionState.APPROVED, by=by, at=at,
        same_as=version.number, decided_at=at, decided_by_id=by.id if by.kind == "user" else None,
    )  # fmt: skip
    before = _put_in_force(practice, row, at=at)
    record(row, "template.reverted", by=by.actor, at=at, to=version.number, **_facts(row, before))
    return row


def give_up(
    practice: Practice, known: Known, language: str, *, by: Viewer, at: datetime
) -> WordingVersion:
    """The shipped words count again; a wording the practice added is not offered any more.

    Raises NotFound when the practice has no words of its own in force.
    """
    wording_versions.take_turn(practice)
    own = wording_versions.in_force(practice, known.key, language)
    if own is None:
        raise NotFound
    row = wording_versions.add(
        practice, known, language, "", VersionState.APPROVED, by=by, at=at, same_as=SHIPPED,
        decided_at=at, decided_by_id=by.id if by.kind == "user" else None,
    )  # fmt: skip
    record(row, "template.dropped", by=by.actor, at=at, **_facts(row, _was(own)))
    db.session.delete(own)
    return row


def _put_in_force(
    practice: Practice, version: WordingVersion, *, at: datetime
) -> dict[str, Any] | None:
    """Copy the version's words to where texts are written from; returns what stood there."""
    row = wording_versions.in_force(practice, version.key, version.language)
    before = _was(row)
    if row is None:
        row = MessageTemplate(practice_id=practice.id, key=version.key, language=version.language)
        db.session.add(row)
    row.title, row.body, row.is_reply = version.title, version.body, version.is_reply
    row.version, row.updated_at = version.number, at
    return before


def _was(row: MessageTemplate | None) -> dict[str, Any] | None:
    return None if row is None else {"version": row.version, "body": row.body}


def _facts(version: WordingVersion, before: dict[str, Any] | None) -> dict[str, Any]:
    after = {"version": version.number, "body": version.body} if version.body else None
    return {**wording_versions.names_of(version), "before": before, "after": after}
