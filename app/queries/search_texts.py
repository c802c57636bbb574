"""Finding encrypted texts, messages and staff's notes: their terms only say which are worth reading. Those
are read, newest first, and the ones that hold the words are kept (decision 0039)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, false, select
from sqlalchemy.orm import joinedload, load_only

from app.access import OUTSIDE, visible_conversations, visible_messages
from app.core.db import db
from app.core.folding import runs
from app.models.conversation import Conversation, Note
from app.models.message import Message
from app.models.search_entry import SearchEntry, SearchKind
from app.models.search_terms import Wanted, keyed_groups
from app.models.viewer import Viewer
from app.queries.search_match import Groups, matching, newest

#: How many are read at once, and in all, to see which hold the words.
READS = (60, 400, 1600, 3000)


@dataclass(frozen=True, slots=True)
class Texts:
    """One kind of them: which the viewer may see, what is read of each, and its words."""

    kind: SearchKind
    table: type[Any]
    visible: Callable[[Viewer], Select[Any]]
    columns: Sequence[Any]
    words: Callable[[Any], str]


def visible_notes(viewer: Viewer) -> Select[Note]:
    """Staff's notes in the threads the viewer sees: for staff alone."""
    if viewer.kind in OUTSIDE:
        return select(Note).where(false())
    threads = visible_conversations(viewer).with_only_columns(Conversation.id)
    return select(Note).where(
        Note.practice_id == viewer.practice_id, Note.conversation_id.in_(threads)
    )


MESSAGES = Texts(
    SearchKind.MESSAGE, Message, visible_messages,
    (Message.body, Message.purpose, Message.conversation_id, Message.patient_id, Message.created_at,
     Message.direction),
    lambda row: row.shown_body,
)  # fmt: skip
NOTES = Texts(
    SearchKind.NOTE, Note, visible_notes, (Note.body, Note.conversation_id, Note.author_id, Note.at),
    lambda row: row.body,
)  # fmt: skip


def read_through(viewer: Viewer, texts: Texts, asked: Wanted, need: int) -> tuple[list[Any], bool]:
    """The first `need` that hold every word; and whether there may be more that nobody read."""
    terms = keyed_groups(texts.kind, viewer.practice_id, asked)
    rows: list[Any] = []
    before: int | None = None
    for size in READS if terms else ():
        batch = list(db.session.execute(_candidates(viewer, texts, terms, before, size)))
        rows += [row for row, _ in batch if _holds(texts.words(row), asked)]
        if len(rows) >= need or len(batch) < size:
            return rows[:need], False
        before = batch[-1][1]
    return rows, bool(terms)


def threads_of(viewer: Viewer, rows: Sequence[Any]) -> dict[UUID, Conversation]:
    """The threads the kept texts stand in, each with whose it is."""
    ids = {row.conversation_id for row in rows}
    whose = map(
        joinedload,
        (Conversation.patient, Conversation.referrer, Conversation.organization,
         Conversation.phone_number),
    )  # fmt: skip
    found = db.session.scalars(
        visible_conversations(viewer).where(Conversation.id.in_(ids)).options(*whose)
    )
    return {thread.id: thread for thread in found}


def _candidates(
    viewer: Viewer, texts: Texts, terms: Groups, before: int | None, size: int
) -> Select[Any]:
    entry = and_(
        SearchEntry.practice_id == texts.table.practice_id,
        SearchEntry.kind == texts.kind,
        SearchEntry.subject_id == texts.table.id,
    )
    statement = texts.visible(viewer).join(SearchEntry, entry)
    if before is not None:
        statement = statement.where(SearchEntry.number < before)
    found = matching(statement, terms).options(load_only(*texts.columns))
    return found.order_by(newest()).limit(size).add_columns(SearchEntry.number)


def _holds(body: str, asked: Wanted) -> bool:
    own = runs(body)
    return all(
        word in own if len(word) < 4 else any(each.startswith(word) for each in own)
        for word in asked.secret_words
    )
