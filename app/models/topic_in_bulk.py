"""Numbers for very many changes of one transaction, counted out by the database itself: rows written by
INSERT … SELECT never come to Python, and neither do their numbers. The rules are `models.topic`'s."""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import (
    CTE,
    SelectBase,
    Table,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from app.core.db import insert_into
from app.core.dialects import in_byte_order
from app.core.effects import Poke, announce
from app.models.topic import CHANGES, Change, Topic

_TOPIC, _CHANGE = (cast("Table", each.__table__) for each in (Topic, Change))


@dataclass(frozen=True, slots=True)
class Numbering:
    """The two statements that number what two selects find."""

    take: Any
    number_changes: Any


def numbering(topics: SelectBase, changes: SelectBase) -> Numbering:
    """For topics that move as rows of (practice_id, topic), as often as they like, and for listed records as
    rows of (practice_id, kind, row_id). Built once."""
    noted, moved = topics.cte("noted"), changes.cte("moved")
    return Numbering(_take(noted, moved), _number_changes(moved))


def number(session: Session, statements: Numbering, given: dict[str, Any]) -> None:
    """Number them, as the very last thing before the commit: each counter stays locked until then.

    Counters are raised in topic order, once in a transaction, or two of them could wait for each other in a
    circle. So nothing else of this transaction may wait for its numbers: RuntimeError.
    """
    session.flush()
    if session.info.get("topics") or session.info.get("changes"):
        raise RuntimeError("numbers are taken once in a transaction")
    taken = session.execute(statements.take, given).all()
    session.execute(statements.number_changes, given)
    for practice_id, topic, seq in taken:
        if topic != CHANGES:
            announce(session, Poke(practice_id, topic, seq))


def _take(noted: CTE, moved: CTE) -> Any:
    """Raise each topic by one, and the changes by as many as there are. The last numbers come back."""
    wanted = union_all(
        select(noted.c.practice_id, noted.c.topic, literal(1).label("n")).distinct(),
        select(moved.c.practice_id, literal(CHANGES).label("topic"), literal(1).label("n")),
    ).subquery("wanted")
    key = (wanted.c.practice_id, wanted.c.topic)
    counted = (
        select(*key, func.sum(wanted.c.n)).group_by(*key).order_by(key[0], in_byte_order(key[1]))
    )
    take = insert_into(_TOPIC).from_select(["practice_id", "topic", "seq"], counted)
    return take.on_conflict_do_update(
        index_elements=["practice_id", "topic"], set_={"seq": _TOPIC.c.seq + take.excluded.seq}
    ).returning(_TOPIC.c.practice_id, _TOPIC.c.topic, _TOPIC.c.seq)


def _number_changes(moved: CTE) -> Any:
    back = func.row_number().over(
        partition_by=moved.c.practice_id, order_by=moved.c.row_id.desc()
    ) - 1  # fmt: skip
    numbered = select(
        moved.c.practice_id, moved.c.kind, moved.c.row_id, _TOPIC.c.seq - back
    ).where(_TOPIC.c.practice_id == moved.c.practice_id, _TOPIC.c.topic == CHANGES)  # fmt: skip
    move = insert_into(_CHANGE).from_select(["practice_id", "kind", "row_id", "seq"], numbered)
    return move.on_conflict_do_update(
        index_elements=["practice_id", "kind", "row_id"], set_={"seq": move.excluded.seq}
    )
