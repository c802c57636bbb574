"""What was changed in a practice's settings, newest first: who, what, and what stood there before. Read from
the events, by the subjects settings have; a constant number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from app.core.db import db
from app.core.ids import parse_id
from app.models.care_team import CareTeam
from app.models.community_organization import CommunityOrganization
from app.models.event import Event
from app.models.practice import Line
from app.models.referral import Referrer
from app.models.secret import ApiToken
from app.models.user import Role, User
from app.models.viewer import Viewer

PAGE, MOST_IN_FILE = 50, 20_000
#: What is looked for together → the subjects it has, and the kinds that change a setting.
GROUPS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "staff": (("user_account",), (
        "user.created", "user.invited", "user.joined", "user.changed", "user.enabled", "user.disabled",
        "user.password_set", "user.link_made", "user.link_revoked",
    )),
    "teams": (("care_team", "user_account"), (
        "care_team.created", "care_team.renamed", "care_team.leader_set", "care_team.serves_set",
        "care_team.ended", "care_team.resumed", "user.joined_team", "user.left_team",
    )),
    "practice": (("practice",), ("practice.created", "practice.changed", "practice.updated")),
    "lines": (("line",), ("line.added", "line.changed", "line.pointed_here", "line.resumed")),
    "tokens": (("api_token",), ("token.created", "token.revoked")),
    "protocols": (("protocol",), ("protocol.changed", "protocol.drafted", "protocol.refused")),
    "holds": (("legal_hold",), ("hold.placed", "hold.lifted")),
    "wording": (("wording_version",), (
        "template.drafted", "template.approved", "template.sent_back", "template.discarded",
        "template.reverted", "template.dropped",
    )),
    "referrals": (("fit_criterion", "community_organization", "referrer"), (
        "fit_criterion.added", "fit_criterion.switched", "organization.added", "organization.changed",
        "organization.retired", "organization.brought_back", "organization.texts_agreed",
        "organization.texts_ended", "referrer.added", "referrer.changed", "referrer.merged",
        "referrer.code_renewed",
        "referrer.merge_undone", "organization.merged", "organization.merge_undone",
    )),
    "months": (("month_close",), ("month.closed", "month.reopened", "month.file_asked")),
}  # fmt: skip
#: Whoever acted without being one of the staff.
MACHINES = ("system", "token")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page asks for; empty = everything."""

    group: str = ""
    who: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    events: list[Event]
    #: Ids of people, teams, lines, tokens, organizations and offices → what they are called today.
    names: Mapping[str, str]
    #: The key behind which older ones are; None = there are none.
    older: str | None


def page(viewer: Viewer, wanted: Wanted, *, before: str = "") -> Changes:
    found = _of(viewer, wanted)
    key = _key(before)
    if key is not None:
        at, id_ = key
        found = found.where(or_(Event.at < at, and_(Event.at == at, Event.id < id_)))
    events = list(db.session.scalars(found.limit(PAGE + 1)))
    last = events[PAGE - 1] if len(events) > PAGE else None
    older = f"{last.at.isoformat()}_{last.id}" if last else None
    return Changes(events[:PAGE], names(viewer), older)


def everything(viewer: Viewer, wanted: Wanted) -> Changes:
    """For the file: all of them, up to a size nobody reads."""
    rows = db.session.scalars(_of(viewer, wanted).limit(MOST_IN_FILE))
    return Changes(list(rows), names(viewer), None)


def _of(viewer: Viewer, wanted: Wanted) -> Select[Event]:
    viewer.check_role(Role.LEAD, Role.ADMIN)
    groups = [GROUPS[wanted.group]] if wanted.group in GROUPS else list(GROUPS.values())
    rows = select(Event).where(
        Event.practice_id == viewer.practice_id,
        Event.subject_type.in_({subject for subjects, _ in groups for subject in subjects}),
        Event.kind.in_({kind for _, kinds in groups for kind in kinds}),
    )
    who = parse_id(wanted.who)
    if who is not None:
        rows = rows.where(Event.actor_kind == "user", Event.actor_id == who)
    elif wanted.who in MACHINES:
        rows = rows.where(Event.actor_kind == wanted.who)
    if wanted.since is not None:
        rows = rows.where(Event.at >= wanted.since)
    if wanted.until is not None:
        rows = rows.where(Event.at < wanted.until)
    return rows.order_by(Event.at.desc(), Event.id.desc())


def people(viewer: Viewer) -> list[tuple[UUID, str]]:
    """Everybody who may have changed something, also those who are gone."""
    rows = select(User.id, User.name).where(User.practice_id == viewer.practice_id)
    return [(id_, name) for id_, name in db.session.execute(rows.order_by(User.name, User.id))]


def names(viewer: Viewer) -> dict[str, str]:
    found: dict[str, str] = {}
    for table, called in (
        (User, User.name), (CareTeam, CareTeam.name), (Line, Line.number), (ApiToken, ApiToken.name),
        (CommunityOrganization, CommunityOrganization.name), (Referrer, Referrer.name),
    ):  # fmt: skip
        rows = select(table.id, called).where(table.practice_id == viewer.practice_id)
        found |= {str(id_): name for id_, name in db.session.execute(rows)}
    return found


def _key(text: str) -> tuple[datetime, UUID] | None:
    written, _, id_ = text.partition("_")
    found = parse_id(id_)
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        return None
    return (at, found) if found is not None and at.tzinfo is not None else None
