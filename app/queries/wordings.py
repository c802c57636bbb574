"""A practice's wordings for its settings pages: what is in force, what waits for approval, and every version
of one. A constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.models.known_wording import Known, own_wordings, shipped_wordings
from app.models.message import MessageTemplate
from app.models.viewer import Viewer
from app.models.wording_version import VersionState, WordingVersion

#: (key, language)
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wordings:
    """Every wording by key, the shipped ones first; the practice's own words in force; open drafts."""

    known: Mapping[str, Known]
    in_force: Mapping[Place, MessageTemplate]
    drafts: Mapping[Place, WordingVersion]

    def body_of(self, known: Known, language: str) -> str:
        """The words that are used now: the practice's, else the shipped ones."""
        own = self.in_force.get((known.key, language))
        return own.body if own is not None else known.shipped_in(language)


@dataclass(frozen=True, slots=True)
class History:
    """One wording and its versions by language, the newest first."""

    known: Known
    in_force: Mapping[str, MessageTemplate]
    versions: Mapping[str, Sequence[WordingVersion]]

    def draft(self, language: str) -> WordingVersion | None:
        return next((row for row in self.versions.get(language, ()) if row.is_draft), None)

    def newest(self, language: str) -> int:
        rows = self.versions.get(language, ())
        return rows[0].number if rows else 0

    def body_of(self, language: str) -> str:
        """The words that are used now: the practice's, else the shipped ones."""
        own = self.in_force.get(language)
        return own.body if own is not None else self.known.shipped_in(language)


def wordings(viewer: Viewer) -> Wordings:
    """Three statements."""
    own = _versions(viewer).where(WordingVersion.key.startswith("own.", autoescape=True))
    drafts = _versions(viewer).where(WordingVersion.state == VersionState.DRAFT)
    return Wordings(
        shipped_wordings() | own_wordings(db.session.scalars(own)),
        {(row.key, row.language): row for row in db.session.scalars(_in_force(viewer))},
        {(row.key, row.language): row for row in db.session.scalars(drafts)},
    )


def history(viewer: Viewer, key: str) -> History:
    """Raises NotFound for a wording nobody wrote."""
    rows = db.session.scalars(_versions(viewer).where(WordingVersion.key == key)).all()
    known = (shipped_wordings() | own_wordings(rows)).get(key)
    if known is None:
        raise NotFound
    by_language: dict[str, list[WordingVersion]] = {}
    for row in reversed(rows):
        by_language.setdefault(row.language, []).append(row)
    own = db.session.scalars(_in_force(viewer).where(MessageTemplate.key == key))
    return History(known, {row.language: row for row in own}, by_language)


def known_wording(viewer: Viewer, key: str) -> Known:
    """Raises NotFound for a wording nobody wrote."""
    shipped = shipped_wordings().get(key)
    return shipped if shipped is not None else history(viewer, key).known


def version_for(viewer: Viewer, version_id: UUID) -> WordingVersion:
    """Raises NotFound for a version that is not there or another practice's."""
    found = db.session.scalars(
        _versions(viewer).where(WordingVersion.id == version_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    return found


def _versions(viewer: Viewer) -> Select[WordingVersion]:
    return (
        select(WordingVersion)
        .where(WordingVersion.practice_id == viewer.practice_id)
        .options(joinedload(WordingVersion.author), joinedload(WordingVersion.decided_by))
        .order_by(WordingVersion.number, WordingVersion.id)
    )


def _in_force(viewer: Viewer) -> Select[MessageTemplate]:
    return select(MessageTemplate).where(MessageTemplate.practice_id == viewer.practice_id)
