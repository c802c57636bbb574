"""The staff form: its fields, what it offers, and reading it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import request

from app.actions import staff, users
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.care_team import CareTeam
from app.models.user import Role, User
from app.models.viewer import Viewer
from app.queries.board_choices import choices as board_choices
from app.queries.staff import Person
from app.web.words import word
from messaging.languages import LANGUAGES

EMPTY: Mapping[str, object] = {"role": Role.NAVIGATOR.value, "languages": ["en"], "teams": []}


@dataclass(frozen=True, slots=True)
class Choices:
    roles: list[tuple[str, str]]
    languages: list[tuple[str, str]]
    teams: list[CareTeam]
    supervisors: list[tuple[UUID | str, str]]


def choices(viewer: Viewer, *, of: User | None = None) -> Choices:
    known = board_choices(viewer)
    others = [(user.id, user.name) for user in known.users if of is None or user.id != of.id]
    return Choices(
        [(role.value, f"{word(role.value, 'role')}: {ROLES[role]}") for role in Role],
        [(tag, each.both) for tag, each in LANGUAGES.items()],
        known.teams,
        [("", "Nobody"), *others],
    )


#: What each role is, where one is chosen.
ROLES = {
    Role.NAVIGATOR: "their teams’ patients, threads and tasks",
    Role.CLINICIAN: "their teams’ patients, threads and tasks",
    Role.FRONT_DESK: "every patient’s record, consent and coverage; no threads, tasks or referrals",
    Role.LEAD: "every patient; approves, sets the practice up",
    Role.ADMIN: "like a lead; also staff, tokens, changes",
    Role.ANALYST: "reports and exports, no threads",
}


def of_user(person: Person) -> Mapping[str, object]:
    """The form filled with what is known."""
    user = person.user
    return {
        "email": person.email, "name": user.name, "role": user.role.value,
        "credential": user.credential or "", "npi": user.npi or "", "languages": user.languages,
        "supervisor_id": user.supervisor_id or "", "teams": [str(each) for each in person.team_ids],
    }  # fmt: skip


def typed() -> Mapping[str, object]:
    """The form as it came, to be shown again."""
    lists = {name: request.form.getlist(name) for name in ("languages", "teams")}
    return {**request.form.to_dict(), **lists}


def read() -> staff.Details:
    """The form as the action wants it; raises Invalid for what cannot be read."""
    form = request.form
    role = form.get("role", "")
    if role not in Role.__members__.values():
        raise Invalid("Choose a role.", field="role")
    supervisor = form.get("supervisor_id", "")
    if supervisor and parse_id(supervisor) is None:
        raise Invalid("Choose somebody who works here.", field="supervisor_id")
    details: staff.Details = {
        "role": Role(role), "credential": form.get("credential", ""), "npi": form.get("npi", ""),
        "languages": form.getlist("languages"), "supervisor_id": parse_id(supervisor),
    }  # fmt: skip
    if form.get("name", "").strip() or "email" not in form:
        details["name"] = form.get("name", "")  # an invitation may leave it to who is invited
    return details


def join_teams(user: User, *, by: Viewer, at: datetime) -> None:
    """Put them on the teams that are ticked, and off the others."""
    wanted = set(request.form.getlist("teams"))
    for team in board_choices(by).teams:
        if str(team.id) in wanted:
            users.join_team(user, team, by=by.actor, at=at)
        else:
            users.leave_team(user, team, by=by.actor, at=at)
