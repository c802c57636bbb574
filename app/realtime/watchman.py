"""Sockets of staff end within seconds whoever took their rights away: a command in another process without
Redis, or while Redis is away. Each process that has sockets looks at its people's rows every few seconds, in
two statements a practice; what `departures` notices at once is noticed here at the latest."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db, enter_practice
from app.core.log import logger
from app.models.care_team import CareTeamMember
from app.models.user import User
from app.models.viewer import Viewer
from app.realtime import broadcasts

log = logger("realtime")
#: A disabled person's sockets are dead within five seconds; a look and a goodbye have to fit.
LOOK_SECONDS = 3.0
#: (practice, user) → what they could when their first open socket connected.
Held = dict[tuple[UUID, UUID], tuple[Any, ...]]


def register(app: Flask) -> None:
    app.extensions["touchline.held"] = {}


def note(viewers: Iterable[Viewer]) -> None:
    """Somebody connected: from now on this process looks after them."""
    held: Held = current_app.extensions["touchline.held"]
    fresh = {(each.practice_id, each.id) for each in viewers if each.kind == "user" and each.id}
    fresh -= held.keys()
    held |= _rights(fresh)
    if not current_app.testing and not current_app.extensions.get("touchline.watchman"):
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        app.extensions["touchline.watchman"] = broadcasts.in_background(_watch, app)


def look() -> None:
    """Disconnect whose rights are not what they were; who may stay connects again."""
    held: Held = current_app.extensions["touchline.held"]
    for key in [key for key in held if not broadcasts.is_here(key[0], "user", key[1])]:
        held.pop(key, None)
    try:
        now = _rights(held.keys())
    except SQLAlchemyError as error:
        log.error("sockets could not be looked after", error=type(error).__name__)
        return
    for key in [key for key in held if now.get(key) != held[key]]:
        held.pop(key, None)
        broadcasts.drop_here(key[0], "user", key[1])


def _watch(app: Flask) -> None:
    while True:
        broadcasts.pause(app, LOOK_SECONDS)
        with app.app_context():
            try:
                look()
            except Exception:
                log.exception("sockets could not be looked after")


def _rights(people: Iterable[tuple[UUID, UUID]]) -> Held:
    """What each of them may do now; nothing of who is not there any more."""
    found: Held = {}
    try:
        for practice_id, theirs in groupby(sorted(people), key=lambda each: each[0]):
            ids = [user_id for _, user_id in theirs]
            db.session.rollback()
            enter_practice(practice_id)
            found |= _rights_of(practice_id, ids)
    finally:
        db.session.rollback()
    return found


def _rights_of(practice_id: UUID, ids: list[UUID]) -> Held:
    members = select(CareTeamMember.user_id, CareTeamMember.care_team_id).where(
        CareTeamMember.practice_id == practice_id, CareTeamMember.user_id.in_(ids)
    )
    teams: dict[UUID, set[UUID]] = {}
    for user_id, team_id in db.session.execute(members):
        teams.setdefault(user_id, set()).add(team_id)
    people = select(User.id, User.is_active, User.role, User.session_epoch).where(
        User.practice_id == practice_id, User.id.in_(ids)
    )
    return {
        (practice_id, user_id): (*rest, frozenset(teams.get(user_id, ())))
        for user_id, *rest in db.session.execute(people)
    }
