"""The set-up after its first page: hours, line, team, navigator, a text to oneself. Each step saves at once
and leads on; any of them can be left for later, opened again and gone back to."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, redirect, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import mail, practice_changes, practices, set_up, staff, users
from app.core.db import transaction
from app.core.errors import Conflict, Invalid
from app.core.settings import current_settings
from app.models.care_team import CareTeam
from app.models.user import Role
from app.queries import practice_set_up
from app.queries import set_up as reads
from app.queries import staff as staff_reads
from app.web.display import is_fragment
from app.web.moment import now, today
from app.web.practice_form import DAYS, of_practice, read_hours
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.set_up import ZONES

bp = staff_blueprint("set_up_steps", __name__, url_prefix="/settings/set-up")
TITLES = {
    "practice": "Practice", "hours": "Hours and holidays", "line": "Line", "team": "Team",
    "navigator": "First navigator", "text": "A text to yourself",
}  # fmt: skip
USUAL = {f"hours-{day}": "08:00-17:00" if day < 5 else "" for day in range(7)}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def check_admin() -> None:
    viewer().check_role(Role.ADMIN)


@bp.get("")
def index() -> Response:
    """Where it was left."""
    step = progress().next_step or "text"
    return redirect(f"/settings/set-up/{step}", 303)


def progress() -> reads.Progress:
    return reads.progress(viewer(), signed_in().practice, mrn=set_up.MRN)


@bp.get("/<any(practice, hours, line, team, navigator, text):step>")
def page(step: str) -> str:
    if step == "text" and is_fragment():
        return render_template("set_up/_texts.html", texts=own_texts())
    return sheet(step, VALUES[step](), {})


def sheet(step: str, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    at = reads.STEPS.index(step)
    return render_template(
        f"set_up/{step}.html", step=step, titles=TITLES, progress=progress(), values=values, errors=errors,
        back=reads.STEPS[at - 1] if at else None,
        further=reads.STEPS[at + 1] if at + 1 < len(reads.STEPS) else None, **AROUND[step](),
    )  # fmt: skip


@bp.post("/<any(practice, hours, line, team, navigator, text):step>")
def save(step: str) -> Response | tuple[str, int]:
    try:
        with transaction():
            shown = SAVES[step]()
    except (Invalid, Conflict) as error:
        field = error.field if isinstance(error, Invalid) else ""
        return sheet(step, request.form, {field or "": error.person_text}), 422
    if shown is not None:
        return shown, 201
    at = reads.STEPS.index(step)
    return redirect(f"/settings/set-up/{reads.STEPS[min(at + 1, len(reads.STEPS) - 1)]}", 303)


def save_practice() -> None:
    practice_changes.update(
        access.practice_of(viewer()), by=viewer().actor, at=now(),
        name=request.form.get("name", "")[:120], time_zone=request.form.get("time_zone", "").strip(),
        phone=request.form.get("phone", "").strip() or None,
    )  # fmt: skip


def save_hours() -> None:
    practice_changes.update(
        access.practice_of(viewer()), by=viewer().actor, at=now(), hours=read_hours(),
        closed_on=request.form.get("closed_on", "").replace(",", " ").split(),
    )  # fmt: skip


def save_line() -> None:
    """The first line; an account of its own is kept encrypted."""
    sid = request.form.get("account_sid", "").strip() or None
    settings = current_settings()
    if settings.carrier == "twilio" and not sid and not settings.twilio_account_sid:
        raise Invalid("Whose account is it? This server has none of its own.", field="account_sid")
    practices.add_line(
        access.practice_of(viewer()), request.form.get("number", ""), by=viewer().actor, at=now(),
        account_sid=sid, auth_token=request.form.get("auth_token", "").strip() or None,
    )  # fmt: skip


def save_team() -> None:
    me = access.user_for(viewer(), signed_in().key.user_id)
    team = practices.add_team(
        access.practice_of(viewer()), request.form.get("name", "")[:120], by=viewer().actor, at=now(),
        leader=me if "lead" in request.form else None,
    )  # fmt: skip
    users.join_team(me, team, by=viewer().actor, at=now())


def save_navigator() -> str | None:
    """Invited; a link that no e-mail carries is shown this once."""
    name = request.form.get("name", "").strip()[:120]
    details: staff.Details = {"role": Role.NAVIGATOR}
    if name:
        details["name"] = name
    user, address = staff.invite(
        access.practice_of(viewer()), request.form.get("email", "")[:254], by=viewer().actor, at=now(),
        **details,
    )  # fmt: skip
    for team in teams()["teams"]:
        users.join_team(user, team, by=viewer().actor, at=now())
    if address is None:
        return None
    return sheet("navigator", {"address": address, "name": user.name}, {})


def save_text() -> str:
    me = access.user_for(viewer(), signed_in().key.user_id)
    zone = signed_in().practice.time_zone
    phone = request.form.get("phone", "")
    if "mine" not in request.form:
        raise Invalid("Say that it is your own phone: a text needs a yes.", field="mine")
    set_up.text_oneself(viewer(), me, phone, today=today(zone), at=now())
    return sheet("text", {"phone": phone}, {})


def own_texts() -> list[Any]:
    return reads.own_texts(viewer(), mrn=set_up.MRN)


def teams() -> dict[str, list[CareTeam]]:
    return {"teams": staff_reads.staff(viewer()).teams}


def of_hours() -> Mapping[str, str]:
    practice = signed_in().practice
    return dict(of_practice(practice)) | ({} if practice.hours else USUAL)


VALUES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "practice": lambda: of_practice(signed_in().practice), "hours": of_hours, "line": dict, "team": dict,
    "navigator": dict, "text": dict,
}  # fmt: skip
SAVES: dict[str, Callable[[], str | None]] = {
    "practice": save_practice, "hours": save_hours, "line": save_line, "team": save_team,
    "navigator": save_navigator, "text": save_text,
}  # fmt: skip
AROUND: dict[str, Callable[[], Mapping[str, Any]]] = {
    "practice": lambda: {"zones": ZONES},
    "hours": lambda: {"days": DAYS},
    "line": lambda: {"lines": practice_set_up.lines(viewer()), "settings": current_settings()},
    "team": teams,
    "navigator": lambda: {"is_mailed": mail.is_set_up()},
    "text": lambda: {"texts": own_texts(), "lines": practice_set_up.lines(viewer())},
}
