"""Topics a page may watch and how far each has moved. A topic is `board`, `patient:<id>` or
`conversation:<id>`; asking for one that isn't there and one that isn't yours gives the same nothing."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.access import visible_conversations, visible_patients
from app.core.db import db
from app.core.ids import parse_id
from app.models.conversation import Conversation
from app.models.event import BOARD
from app.models.patient import Patient
from app.models.topic import Topic
from app.models.user import Role
from app.models.viewer import Viewer

MOST_AT_ONCE = 50


def may_watch(viewer: Viewer, topics: Iterable[str]) -> set[str]:
    """Those of `topics` that exist and that this viewer may see; one statement per kind at most."""
    asked = set(topics)
    patients, conversations = _ids(asked, "patient"), _ids(asked, "conversation")
    allowed = {BOARD} & asked if _sees_board(viewer) else set()
    allowed |= _found(visible_patients(viewer), Patient, patients)
    return allowed | _found(visible_conversations(viewer), Conversation, conversations)


def seqs(viewer: Viewer, topics: Iterable[str]) -> dict[str, int]:
    """The newest number of each topic; one that never moved is 0. Check `may_watch` first."""
    wanted = list(topics)
    if not wanted:
        return {}
    statement = select(Topic.topic, Topic.seq).where(
        Topic.practice_id == viewer.practice_id, Topic.topic.in_(wanted)
    )
    return dict.fromkeys(wanted, 0) | {topic: seq for topic, seq in db.session.execute(statement)}


def _sees_board(viewer: Viewer) -> bool:
    return viewer.kind == "user" and viewer.role is not Role.ANALYST


def _ids(topics: set[str], kind: str) -> dict[UUID, str]:
    """id → the topic as asked, for one kind; odd ids are left out."""
    named = (topic.partition(":") for topic in topics)
    found = {parse_id(rest): f"{name}:{rest}" for name, _, rest in named if name == kind}
    return {id_: topic for id_, topic in found.items() if id_ is not None}


def _found(visible: Select[Any], table: type[Any], ids: dict[UUID, str]) -> set[str]:
    if not ids:
        return set()
    rows = db.session.scalars(visible.with_only_columns(table.id).where(table.id.in_(ids)))
    return {ids[row_id] for row_id in rows}
