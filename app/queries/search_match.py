"""Full text, the one place that knows each database's own: SQLite's FTS5 and PostgreSQL's tsvector. Given
groups of terms it says which entries have one of each group; who may see what is for the caller to add."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, column, literal, literal_column, table
from sqlalchemy.dialects.postgresql import TSQUERY

from app.core.db import db
from app.models.search_entry import SearchEntry
from app.models.search_terms import Term

_FTS = table("search_words", column("rowid"))
#: As the index says it, word for word, so that PostgreSQL knows it again.
_VECTOR: ColumnElement[Any] = literal_column(
    "array_to_tsvector(string_to_array(search_entry.words, ' '))"
)
Groups = Sequence[Sequence[Term]]


def matching(statement: Select[Any], groups: Groups) -> Select[Any]:
    """A statement that holds SearchEntry, narrowed to entries with one term of every group."""
    return matching_any(statement, [groups])


def matching_any(statement: Select[Any], any_of: Sequence[Groups]) -> Select[Any]:
    """The same, narrowed to entries that have one term of every group in one of `any_of`."""
    if db.engine.dialect.name == "postgresql":
        asked = " | ".join(f"({_tsquery(groups)})" for groups in any_of)
        return statement.where(_VECTOR.op("@@")(cast(literal(asked), TSQUERY)))
    asked = " OR ".join(f"({_fts(groups)})" for groups in any_of)
    found: ColumnElement[bool] = literal_column("search_words").op("MATCH")(literal(asked))
    return statement.join(_FTS, _FTS.c.rowid == SearchEntry.number).where(found)


def found_by(statement: Select[Any], record: type[Any], kind: str, groups: Groups) -> Select[Any]:
    """A statement of a kind's records, narrowed to those found. A join: SQLite then begins with the few that
    the full text finds, where a list of ids would make it begin with everything the viewer may see."""
    return found_by_any(statement, record, kind, [groups])


def found_by_any(
    statement: Select[Any], record: type[Any], kind: str, any_of: Sequence[Groups]
) -> Select[Any]:
    """The same for several, of which one is enough."""
    entry = (
        (SearchEntry.practice_id == record.practice_id)
        & (SearchEntry.kind == kind)
        & (SearchEntry.subject_id == record.id)
    )
    return matching_any(statement.join(SearchEntry, entry), any_of)


def newest() -> ColumnElement[int]:
    """What to order entries by, newest first. SQLite need not sort; PostgreSQL is kept from walking every
    entry backwards for a rare word: it begins with what the full text finds, and sorts that."""
    if db.engine.dialect.name == "postgresql":
        return (SearchEntry.number + 0).desc()
    return _FTS.c.rowid.desc()


# Terms are letters and digits only (see `search_terms`), so that neither language can be written in them.


def _fts(groups: Groups) -> str:
    return " AND ".join(
        "(" + " OR ".join(f'"{t.text}"' + (" *" if t.is_prefix else "") for t in group) + ")"
        for group in groups
    )


def _tsquery(groups: Groups) -> str:
    return " & ".join(
        "(" + " | ".join(f"'{t.text}'" + (":*" if t.is_prefix else "") for t in group) + ")"
        for group in groups
    )
