"""Setting up a practice: the practice with its shipped protocols, the numbers it sends from, its care
teams. A practice never exists without a protocol for every task type."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, TypedDict, Unpack, cast

from sqlalchemy import select

from app.actions import line_accounts
from app.actions.line_accounts import Account
from app.actions.protocol_install import install_protocols
from app.core.columns import Row
from app.core.db import db, enter_practice
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.models.care_team import CareTeam
from app.models.event import Actor, record
from app.models.practice import Line, Practice, StopOwner
from app.models.user import User
from messaging import phone as phones
from messaging.errors import BadNumber, UnknownZone
from messaging.zones import zone_named

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class PracticeDetails(TypedDict, total=False):
    """What may be said about a practice beside its name, slug, zone and first line."""

    phone: str | None
    country: str
    subdivision: str | None
    language: str
    is_invented: bool
    hours: Mapping[str, list[list[str]]]
    closed_on: list[str]
    quiet_from: str
    quiet_until: str
    cap_day: int
    cap_week: int


class LineDetails(TypedDict, total=False):
    """Without its own account a line uses the environment's."""

    label: str
    account_sid: str | None
    auth_token: str | None
    segments_per_second: float
    stop_owner: StopOwner


def create(
    name: str,
    slug: str,
    time_zone: str,
    line: str | None,
    *,
    by: Actor,
    at: datetime,
    line_details: LineDetails | None = None,
    **details: Unpack[PracticeDetails],
) -> Practice:
    """A practice with its first line and the shipped protocols; without a line, which the set-up in the
    browser asks for later, no text leaves.

    Raises Invalid for a slug, zone, number or hours that cannot be used, Conflict for a taken slug.
    """
    check_name(name, field="name")
    check_slug(slug)
    check_zone(time_zone)
    check_hours(details.get("hours", {}))
    if db.session.scalar(select(Practice.id).where(Practice.slug == slug)) is not None:
        raise Conflict(f"A practice called {slug} exists already. Choose another slug.")
    values: dict[str, Any] = dict(details)
    if values.get("phone"):
        values["phone"] = _number(values["phone"], field="phone")
    practice = Practice(
        id=new_id(), slug=slug, name=name.strip(), time_zone=time_zone, created_at=at, **values
    )
    db.session.add(practice)
    db.session.flush()
    enter_practice(practice.id)
    subject = cast(Row, practice)  # no Row: it is the practice that rows belong to
    if line is not None:
        subject = add_line(practice, line, by=by, at=at, **(line_details or {}))
    record(subject, "practice.created", by=by, at=at, slug=slug)
    install_protocols(practice, at=at)
    return practice


def add_line(
    practice: Practice, number: str, *, by: Actor, at: datetime, **details: Unpack[LineDetails]
) -> Line:
    """A number the practice sends from, findable by (account, number) when the carrier calls."""
    e164 = line_accounts.read_number(number)
    account = Account(details.get("account_sid"), details.get("auth_token"))
    line_accounts.check(account)
    if details.get("segments_per_second", 1.0) <= 0:
        raise Invalid("The pace must be more than 0.", field="segments_per_second")
    line_accounts.check_free(practice.id, e164, account)
    line = Line(practice_id=practice.id, number=e164, created_at=at, **details)
    db.session.add(line)
    db.session.flush()
    line_accounts.list_line(line)
    record(line, "line.added", by=by, at=at)
    return line


def add_team(
    practice: Practice, name: str, *, by: Actor, at: datetime, leader: User | None = None
) -> CareTeam:
    """A care team; work that is overdue climbs to its leader."""
    check_name(name, field="name")
    taken = select(CareTeam.id).where(
        CareTeam.practice_id == practice.id, CareTeam.name == name.strip()
    )
    if db.session.scalar(taken) is not None:
        raise Conflict(
            "A team of this name exists already; one that has ended can be brought back."
        )
    team = CareTeam(
        practice_id=practice.id,
        name=name.strip(),
        leader_id=leader.id if leader else None,
        created_at=at,
    )
    db.session.add(team)
    record(team, "care_team.created", by=by, at=at)
    return team


def set_leader(team: CareTeam, leader: User | None, *, by: Actor, at: datetime) -> None:
    """Whom its overdue work climbs to; None = nobody yet."""
    before, after = team.leader_id, leader.id if leader else None
    if before == after:
        return
    team.leader_id = after
    record(team, "care_team.leader_set", by=by, at=at,
           before={"leader_id": str(before) if before else None},
           after={"leader_id": str(after) if after else None})  # fmt: skip


def check_name(name: str, *, field: str) -> None:
    if not name.strip():
        raise Invalid("A name is needed.", field=field)


def check_slug(slug: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise Invalid(
            "A slug is small letters, digits and dashes, like harbor-clinic.", field="slug"
        )


def check_zone(name: str) -> None:
    try:
        zone_named(name)
    except UnknownZone as error:
        raise Invalid(error.person_text, field="time_zone") from error


def check_hours(hours: Mapping[str, list[list[str]]]) -> None:
    """Hours map "0".."6" (Monday first) to pairs of local times; none at all = always open."""
    for day, spans in hours.items():
        if day not in set("0123456"):
            raise Invalid("Days of the hours are 0 (Monday) to 6 (Sunday).", field="hours")
        for span in spans:
            try:
                _opens, _closes = (time.fromisoformat(wall) for wall in span)
            except ValueError:
                raise Invalid('Hours are pairs like ["08:00", "17:00"].', field="hours") from None


def _number(text: str, *, field: str) -> str:
    try:
        return phones.parse(text)
    except BadNumber as error:
        raise Invalid(error.person_text, field=field) from error
