"""What the world hears after a commit, and what is numbered just before one. Actions only leave notes
here; `core.db.transaction` acts on them, so nothing is announced that was rolled back."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from app.core.log import logger

log = logger("effects")
BeforeCommit = Callable[[Session], None]
#: What may be noted in `session.info` until the commit.
NOTES = ("effects", "pokes", "topics", "changes")


@dataclass(frozen=True, slots=True)
class Poke:
    """A hint that `topic` of a practice moved to `seq`; never what changed."""

    practice_id: UUID
    topic: str
    seq: int


_before_commit: list[BeforeCommit] = []


def before_commit(hook: BeforeCommit) -> BeforeCommit:
    """Register a hook that numbers rows as the last thing before every commit (decorator)."""
    if hook not in _before_commit:
        _before_commit.append(hook)
    return hook


def after_commit(session: Session, effect: Callable[[], None]) -> None:
    """Run `effect` once this transaction is committed; dropped on rollback."""
    session.info.setdefault("effects", []).append(effect)


def announce(session: Session, poke: Poke) -> None:
    """Poke a topic after commit; several in one transaction become the last one."""
    session.info.setdefault("pokes", {})[poke.practice_id, poke.topic] = poke


def run_before_commit(session: Session) -> None:
    for hook in _before_commit:
        hook(session)


def forget(session: Session) -> None:
    """Drop every note of a transaction that did not happen."""
    for name in NOTES:
        session.info.pop(name, None)


def noted(session: Session) -> dict[str, Any]:
    """A copy of the notes so far, for a savepoint to come back to."""
    return {name: copy(session.info[name]) for name in NOTES if name in session.info}


def restore(session: Session, notes: dict[str, Any]) -> None:
    """Drop the notes left since `noted`: that part of the transaction did not happen."""
    forget(session)
    session.info.update(notes)


def run_after_commit(session: Session) -> None:
    """Tell the world. A failing effect is logged and never undoes the commit."""
    pokes = cast("dict[object, Poke]", session.info.pop("pokes", {}))
    effects = cast("list[Callable[[], None]]", session.info.pop("effects", []))
    publish = current_app.extensions.get("touchline.publish")
    if publish is not None:
        effects.extend(lambda poke=poke: publish(poke) for poke in pokes.values())  # type: ignore[misc]
    for effect in effects:
        try:
            effect()
        except Exception:
            log.exception("effect failed")
