"""How a value stands in a file, in PostgreSQL's words: what `app.exports.cells` says, to the byte."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Text,
    Uuid,
    and_,
    case,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy import cast as as_type
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.columns import UtcDateTime
from app.exports.cells import formula_pattern

#: Words of our own lists or of fixed shape: nothing in them can begin a formula.
_OURS = frozenset({
    "minutes_source", "actor_kind", "actor_role", "employer", "contact_party", "channel", "direction",
    "activity_type", "setting", "summary_commitment", "previous_hash", "row_hash", "source_kind",
})  # fmt: skip
#: Of these, what holds no character that JSON escapes.
_PLAIN = frozenset({"minutes_source", "actor_kind", "activity_type", "source_kind", "summary_commitment",
                    "previous_hash", "row_hash"})  # fmt: skip


def exact(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The value as text; '' counts as nothing."""
    if name in ("task_ids",):
        return column
    if name == "result":
        return _canonical_object(column)
    if name == "programs":
        return _canonical_list(column)
    if isinstance(column.type, UtcDateTime):
        return _utc(column)
    if isinstance(column.type, String):
        return func.nullif(as_type(column, Text), literal_column("''"))
    return as_type(column, Text)


def safe(name: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    text = exact(name, column)
    if name in _OURS or not isinstance(column.type, String) or name == "task_ids":
        return text
    bytewise = column.collate("C")
    letter = and_(bytewise >= literal_column("'A'"), bytewise < literal_column("'{'"))
    digit = and_(bytewise >= literal_column("'0'"), bytewise < literal_column("':'"))
    runs = column.op("~")(literal(formula_pattern()))
    return case((letter, text), (digit, text), (runs, _text("'").op("||")(text)), else_=text)


def member(name: str, column: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The value as JSON, in pieces: joining them once is cheaper than wrapping each."""
    if name in ("task_ids", "result", "programs"):
        return [exact(name, column)]
    is_there = not getattr(column, "nullable", True)
    if is_there and (name in _PLAIN or isinstance(column.type, Uuid | UtcDateTime)):
        return [_text('"'), exact(name, column), _text('"')]
    if isinstance(column.type, String | Uuid):
        said = func.to_json(column if isinstance(column.type, Uuid) else as_type(column, Text))
        return [func.coalesce(said, literal_column("'null'::json"))]
    return [func.coalesce(as_type(column, Text), literal_column("'null'"))]


def whole_object(
    names: Sequence[str], members: list[list[ColumnElement[Any]]]
) -> ColumnElement[Any]:
    """{"name":member,…}; a call takes at most a hundred pieces."""
    parts: list[ColumnElement[Any]] = []
    for at, (name, pieces) in enumerate(zip(names, members, strict=True)):
        parts += [_text(("{" if at == 0 else ",") + f'"{name}":'), *pieces]
    parts.append(literal_column("'}'"))
    lots = [func.concat(*parts[start : start + 90]) for start in range(0, len(parts), 90)]
    return func.concat(*lots)


def _text(words: str) -> ColumnElement[Any]:
    """Words of our own, as they are."""
    return literal_column("'" + words.replace("'", "''") + "'")


def _utc(column: ColumnElement[Any]) -> ColumnElement[Any]:
    shape: ColumnElement[Any] = literal_column('\'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\'')
    return func.to_char(func.timezone(literal_column("'UTC'"), column), shape)


def _canonical_object(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Keys in the order of their bytes, no spaces; values are scalars, or a list of objects of scalars
    (`check_contact`)."""
    each = func.jsonb_each(column).table_valued("key", "value").render_derived(name="each")
    is_list = func.jsonb_typeof(each.c.value) == literal_column("'array'")
    value = case((is_list, _objects(each.c.value)), else_=as_type(each.c.value, Text))
    whole = select(_members(each.c.key, value)).scalar_subquery()
    return case((column == literal_column("'{}'::jsonb"), literal_column("'{}'")), else_=whole)


def _objects(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A list of objects, each as above."""
    listed = func.jsonb_array_elements(column).table_valued("value", with_ordinality="place")
    item = listed.render_derived(name="item")
    part = func.jsonb_each(item.c.value).table_valued("key", "value").render_derived(name="part")
    made = select(_members(part.c.key, as_type(part.c.value, Text))).scalar_subquery()
    return select(_joined(made, item.c.place, "[", "]")).scalar_subquery()


def _members(key: ColumnElement[Any], value: ColumnElement[Any]) -> ColumnElement[Any]:
    pair = func.concat(as_type(func.to_json(key), Text), literal_column("E'\\x3a'"), value)
    return _joined(pair, key.collate("C"), "{", "}")


def _joined(
    part: ColumnElement[Any], by: ColumnElement[Any], first: str, last: str
) -> ColumnElement[Any]:
    parts = func.string_agg(part, aggregate_order_by(literal_column("','"), by))
    return func.concat(_text(first), parts, _text(last))


def _canonical_list(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A list of words without spaces between them."""
    each = func.jsonb_array_elements(column).table_valued("value", with_ordinality="place")
    derived = each.render_derived(name="each")
    made = _joined(as_type(derived.c.value, Text), derived.c.place, "[", "]")
    whole = select(made).scalar_subquery()
    return case((column == literal_column("'[]'::jsonb"), literal_column("'[]'")), else_=whole)
