"""Changing a wording: each change is a new version, and nobody's words are used before a lead or admin other
than their writer approved them. What was approved before may be used again at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.event import record
from app.models.known_wording import Known
from app.models.message import MessageTemplate
from app.models.practice import Practice
from app.models.user import User
from app.models.viewer import PRACTICE_ROLES, Viewer
from app.models.wording_version import VersionState, WordingVersion

LONGEST_REASON = 500
DECIDED = "Somebody has decided about these words already. Look again."
WRITTEN_MEANWHILE = "Somebody wrote newer words meanwhile: read them below, then save again."
NOT_YOURS = "Somebody else approves what you wrote: another lead or admin."


def draft(
    practice: Practice,
    known: Known,
    language: str,
    body: str,
    *,
    seen: int | None = None,
    by: Viewer,
    at: datetime,
) -> WordingVersion:
    """Write new words for approval; an older draft in this language is replaced.

    `seen` is the newest version its writer saw. Raises Invalid with everything the lint found, when nothing
    was changed, or when somebody wrote a newer version meanwhile.
    """
    check(practice, known, language, body)
    take_turn(practice)
    newest = newest_of(practice, known.key, language)
    if seen is not None and seen != (newest.number if newest else 0):
        raise Invalid(WRITTEN_MEANWHILE, field="body")
    waiting = open_draft(practice, known.key, language)
    if body.strip() == _standing(practice, known, language, waiting):
        raise Invalid("These are the words as they are. Change something first.", field="body")
    if waiting is not None:
        decide(waiting, VersionState.REPLACED, by=by, at=at)
    row = add(practice, known, language, body.strip(), VersionState.DRAFT, by=by, at=at)
    record(row, "template.drafted", by=by.actor, at=at, **names_of(row))
    return row


def _standing(
    practice: Practice, known: Known, language: str, waiting: WordingVersion | None
) -> str:
    """The words a change starts from: the open draft's, else those in force, else the shipped ones."""
    if waiting is not None:
        return waiting.body
    own = in_force(practice, known.key, language)
    return own.body if own is not None else known.shipped_in(language)


def send_back(version: WordingVersion, reason: str, *, by: Viewer, at: datetime) -> None:
    """Not like this: the writer reads why. Raises Invalid without a reason, Conflict when decided."""
    said = reason.strip()
    if not 0 < len(said) <= LONGEST_REASON:
        raise Invalid(f"Say why, in at most {LONGEST_REASON} characters.", field="reason")
    decide(version, VersionState.SENT_BACK, by=by, at=at)
    version.reason = said
    record(version, "template.sent_back", by=by.actor, at=at, **names_of(version))


def discard(version: WordingVersion, *, by: Viewer, at: datetime) -> None:
    """The writer takes a draft back. Raises Conflict when somebody has decided about it."""
    decide(version, VersionState.DISCARDED, by=by, at=at)
    record(version, "template.discarded", by=by.actor, at=at, **names_of(version))


def may_approve(version: WordingVersion, by: Viewer) -> bool:
    """Whether this person may: somebody other than the writer, where there is somebody."""
    if by.kind != "user":
        return by.kind == "system"
    return version.author_id != by.id or not others_who_approve(by)


def others_who_approve(viewer: Viewer) -> int:
    """How many leads and admins the practice has beside the viewer."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(User)
            .where(
                User.practice_id == viewer.practice_id,
                User.id != viewer.id,
                User.is_active,
                User.role.in_(sorted(PRACTICE_ROLES)),
            )
        )
        or 0
    )


def check(practice: Practice, known: Known, language: str, body: str) -> None:
    """Raise Invalid with everything that keeps the words from being used."""
    problems = known.problems_of(body, language, practice.clinical_words_in(language))
    if problems:
        raise Invalid(" ".join(problem.text for problem in problems), field="body")


def take_turn(practice: Practice) -> None:
    """One change of wording at a time per practice: numbers follow each other."""
    db.session.scalar(
        select(Practice.id).where(Practice.id == practice.id).with_for_update(key_share=True)
    )


def in_force(practice: Practice, key: str, language: str) -> MessageTemplate | None:
    """The practice's own words that are used now, or None."""
    return db.session.scalars(
        select(MessageTemplate).where(
            MessageTemplate.practice_id == practice.id,
            MessageTemplate.key == key,
            MessageTemplate.language == language,
        )
    ).one_or_none()


def open_draft(practice: Practice, key: str, language: str) -> WordingVersion | None:
    """The draft that waits for approval; there is one at most."""
    return db.session.scalars(
        select(WordingVersion).where(
            WordingVersion.practice_id == practice.id,
            WordingVersion.key == key,
            WordingVersion.language == language,
            WordingVersion.state == VersionState.DRAFT,
        )
    ).one_or_none()


def newest_of(practice: Practice, key: str, language: str) -> WordingVersion | None:
    return db.session.scalars(
        select(WordingVersion)
        .where(
            WordingVersion.practice_id == practice.id,
            WordingVersion.key == key,
            WordingVersion.language == language,
        )
        .order_by(WordingVersion.number.desc())
        .limit(1)
    ).one_or_none()


def add(
    practice: Practice,
    known: Known,
    language: str,
    body: str,
    state: VersionState,
    *,
    by: Viewer,
    at: datetime,
    **more: Any,
) -> WordingVersion:
    """The next version of these words."""
    newest = newest_of(practice, known.key, language)
    row = WordingVersion(
        practice_id=practice.id,
        key=known.key,
        language=language,
        number=newest.number + 1 if newest else 1,
        title=known.title,
        body=body,
        is_reply=known.is_reply,
        state=state,
        author_id=by.id if by.kind == "user" else None,
        created_at=at,
        **more,
    )
    db.session.add(row)
    db.session.flush()
    return row


def decide(version: WordingVersion, state: VersionState, *, by: Viewer, at: datetime) -> None:
    """Take a draft out of its wait, once. Raises Conflict when somebody was faster."""
    db.session.flush()
    taken = db.session.scalar(
        update(WordingVersion)
        .where(
            WordingVersion.practice_id == version.practice_id,
            WordingVersion.id == version.id,
            WordingVersion.state == VersionState.DRAFT,
        )
        .values(state=state, decided_at=at, decided_by_id=by.id if by.kind == "user" else None)
        .returning(WordingVersion.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise Conflict(DECIDED)
    db.session.refresh(version)


def names_of(row: WordingVersion) -> dict[str, Any]:
    """What an event says of a version."""
    return {"key": row.key, "language": row.language, "version": row.number, "title": row.title}
