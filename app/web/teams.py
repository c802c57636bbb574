"""Care teams: made, renamed, led, staffed, given their subgroups; ended with their patients moved, and
brought back. Admins only: a team decides who sees whom."""

from collections.abc import Mapping
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import practices, teams
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import parse_id
from app.models.care_team import CareTeam
from app.models.user import Role, User
from app.queries import teams as reads
from app.queries.board_choices import owners, running_teams
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("teams", __name__, url_prefix="/settings/teams")
bp.before_request(lambda: viewer().check_role(Role.ADMIN))
STAFF = "/settings/staff"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/new")
def new() -> str:
    return form(None, {"name": "", "leader_id": "", "members": [], "subgroups": []}, {})


@bp.get("/<uuid:team_id>")
def edit(team_id: UUID) -> str:
    team = access.team_for(viewer(), team_id)
    known = reads.sheet(viewer(), team)
    values = {
        "name": team.name, "leader_id": team.leader_id or "",
        "members": [str(each) for each in known.members],
        "subgroups": [str(each) for each in known.subgroups],
    }  # fmt: skip
    return form(team, values, {})


def form(team: CareTeam | None, values: Mapping[str, object], errors: Mapping[str, str]) -> str:
    people = owners(viewer())
    return render_template(
        "settings/team.html", team=team, values=values, errors=errors, people=people,
        leaders=[("", "Nobody yet"), *((user.id, user.name) for user in people)],
        subgroups=reads.all_subgroups(viewer()),
        known=reads.sheet(viewer(), team) if team else None,
    )  # fmt: skip


@bp.post("")
def create() -> Response | tuple[str, int]:
    try:
        with transaction():
            practice = access.practice_of(viewer())
            team = practices.add_team(
                practice, request.form.get("name", "")[: teams.LONGEST_NAME], by=viewer().actor, at=now()
            )  # fmt: skip
            fill(team)
    except (Invalid, Conflict) as error:
        return refused(None, error)
    return done(f"{team.name} is set up.", then=STAFF)


@bp.post("/<uuid:team_id>")
def update(team_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            team = access.team_for(viewer(), team_id)
            teams.rename(team, request.form.get("name", ""), by=viewer().actor, at=now())
            fill(team)
    except (Invalid, Conflict) as error:
        return refused(access.team_for(viewer(), team_id), error)
    return done("Saved.", then=STAFF)


def refused(team: CareTeam | None, error: Invalid | Conflict) -> tuple[str, int]:
    field = (error.field or "") if isinstance(error, Invalid) else "name"
    lists = {name: request.form.getlist(name) for name in ("members", "subgroups")}
    return form(team, {**request.form.to_dict(), **lists}, {field: error.person_text}), 422


def fill(team: CareTeam) -> None:
    """The rest of the form, onto a team that has its name."""
    leader, by = request.form.get("leader_id", ""), viewer().actor
    teams.lead_by(team, someone(leader) if leader else None, by=by, at=now())
    teams.set_members(team, map(someone, request.form.getlist("members")), by=by, at=now())
    chosen = [parse_id(each) for each in request.form.getlist("subgroups")]
    teams.serve(team, [each for each in chosen if each is not None], by=by, at=now())


def someone(user_id: str) -> User:
    try:
        return access.user_for(viewer(), user_id)
    except NotFound:
        raise Invalid("Choose somebody of this practice.", field="members") from None


@bp.get("/<uuid:team_id>/ending")
def ending(team_id: UUID) -> str:
    return farewell(access.team_for(viewer(), team_id))


def farewell(team: CareTeam, error: str = "") -> str:
    others = [(each.id, each.name) for each in running_teams(viewer()) if each.id != team.id]
    return render_template(
        "settings/team_ending.html", team=team, known=reads.sheet(viewer(), team), error=error,
        others=others, at_once=teams.AT_ONCE,
    )  # fmt: skip


@bp.post("/<uuid:team_id>/ending")
def end(team_id: UUID) -> Response | tuple[str, int]:
    wanted = request.form.get("to_id", "")
    try:
        with transaction():
            team = access.team_for(viewer(), team_id)
            to = access.team_for(viewer(), wanted) if wanted else None
            left = teams.end(team, to, by=viewer().actor, at=now())
    except (Invalid, Conflict) as error:
        return farewell(access.team_for(viewer(), team_id), error.person_text), 422
    if left:
        return farewell(team, f"{teams.AT_ONCE} patients moved, {left} are left: go on."), 200
    undo = Undo(url_for("teams.bring_back", team_id=team_id))
    return done(f"{team.name} has ended.", then=STAFF, undo=undo)


@bp.delete("/<uuid:team_id>/ending")
def bring_back(team_id: UUID) -> Response:
    with transaction():
        team = access.team_for(viewer(), team_id)
        teams.bring_back(team, by=viewer().actor, at=now())
    answer = done(f"{team.name} runs again.", then=STAFF)
    answer.headers["HX-Refresh"] = "true"
    return answer
