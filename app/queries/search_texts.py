"""Finding encrypted texts, messages and staff's notes: their terms only say which are worth reading. Those
are read, newest first, and the ones that hold the words are kept (decision 0039)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, select, true
from sqlalchemy.orm import joinedload, load_only

from app.access import OUTSIDE, visible_conversations, visible_messages
from app.core.db import db
from app.core.folding import runs
from app.models.conversation import Conversation, Note
from app.models.message import Message
from app.models.search_entry import SearchEntry, SearchKind
from app.models.search_terms import Wanted, keyed_groups
from app.models.viewer import Viewer
from app.queries.search_match import Groups, found_by, newest

#: How many are read at once, after twice as many as are wanted, to see which hold the words.
READS = (150, 1250, 3600)


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
    return select(Note).where(
        Note.practice_id == viewer.practice_id, _in_their_threads(viewer, Note)
    )


def _messages(viewer: Viewer) -> Select[Message]:
    """What `access.visible_messages` gives to staff."""
    if viewer.kind in OUTSIDE:
        return visible_messages(viewer)
    mine = Message.practice_id == viewer.practice_id
    return select(Message).where(mine, _in_their_threads(viewer, Message))


def _in_their_threads(viewer: Viewer, table: type[Any]) -> ColumnElement[bool]:
    """Asked thread by thread: few texts are looked at, and a list of all threads one sees is long."""
    if viewer.sees_practice:
        return true()
    threads = visible_conversations(viewer, few=True).where(
        Conversation.practice_id == table.practice_id, Conversation.id == table.conversation_id
    )
    return threads.with_only_columns(Conversation.id).correlate(table).exists()


MESSAGES = Texts(
    SearchKind.MESSAGE, Message, _messages,
    (Message.body, Message.purpose, Message.conversation_id, Message.patient_id, Message.created_at,
     Message.direction, Message.send_key),
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
    for size in (2 * need, *READS) if terms else ():
        batch = list(db.session.execute(_candidates(viewer, texts, terms, before, size)))
        rows += [row for row, _ in batch if _holds(texts.words(row), asked)]
        if len(rows) >= need or len(batch) < size:
            return rows[:need], False
        before = batch[-1][1]
    return rows, bool(terms)


def threads_of(viewer: Viewer, rows: Sequence[Any]) -> dict[UUID, Conversation]:
    """The threads the kept texts stand in, each with whose it is."""
    ids = {row.conversation_id for row in rows}
    if not ids:
        return {}
    whose = map(
        joinedload,
        (Conversation.patient, Conversation.referrer, Conversation.organization,
         Conversation.phone_number),
    )  # fmt: skip
    found = db.session.scalars(
        visible_conversations(viewer, few=True).where(Conversation.id.in_(ids)).options(*whose)
    )
    return {thread.id: thread for thread in found}


def _candidates(
    viewer: Viewer, texts: Texts, terms: Groups, before: int | None, size: int
) -> Select[Any]:
    found = found_by(texts.visible(viewer), texts.table, texts.kind, terms)
    if before is not None:
        found = found.where(SearchEntry.number < before)
    found = found.options(load_only(*texts.columns))
    return found.order_by(newest()).limit(size).add_columns(SearchEntry.number)


def _holds(body: str, asked: Wanted) -> bool:
    own = runs(body)
    return all(
        word in own if len(word) < 4 else any(each.startswith(word) for each in own)
        for word in asked.secret_words
    )
