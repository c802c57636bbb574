"""Staff: everybody may read who works here; admins invite, change, send a new link, keep somebody out with
their work handed over, and let them in again."""

from collections.abc import Mapping
from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import mail, staff, staff_links
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.models.staff_link import LinkPurpose
from app.models.user import Role, User
from app.queries import staff as reads
from app.queries.board_choices import owners
from app.web import staff_form
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("staff", __name__, url_prefix="/settings/staff")


@bp.before_request
def check_admin() -> None:
    """Reading the list is everybody's, everything else an admin's."""
    if request.endpoint != "staff.index":
        viewer().check_role(Role.ADMIN)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index() -> str:
    return render_template("settings/staff.html", staff=reads.staff(viewer()), at=now())


@bp.get("/new")
def new() -> str:
    return invitation(staff_form.EMPTY, {})


def invitation(values: Mapping[str, object], errors: Mapping[str, str]) -> str:
    return render_template(
        "settings/staff_new.html", values=values, errors=errors, choices=staff_form.choices(viewer()),
        is_mailed=mail.is_set_up(),
    )  # fmt: skip


@bp.post("")
def invite() -> Response | tuple[str, int]:
    try:
        with transaction():
            practice = access.practice_of(viewer())
            user, address = staff.invite(
                practice, request.form.get("email", "")[:254], by=viewer().actor, at=now(),
                **staff_form.read(),
            )  # fmt: skip
            staff_form.join_teams(user, by=viewer(), at=now())
    except (Invalid, Conflict) as error:
        field = (error.field or "") if isinstance(error, Invalid) else "email"
        return invitation(staff_form.typed(), {field: error.person_text}), 422
    return handed(user, address, f"{user.name} is invited: the link is on its way by e-mail.")


def handed(user: User, address: str | None, words: str) -> Response | tuple[str, int]:
    """A link that no e-mail carries is shown this once."""
    if address is None:
        return done(words, then=url_for("staff.index"))
    return render_template("settings/staff_link.html", user=user, address=address), 201


@bp.get("/<uuid:user_id>")
def edit(user_id: UUID) -> str:
    person = reads.person(viewer(), user_id)
    return sheet(person, staff_form.of_user(person), {})


def sheet(person: reads.Person, values: Mapping[str, object], errors: Mapping[str, str]) -> str:
    return render_template(
        "settings/staff_edit.html", person=person, user=person.user, values=values, errors=errors, at=now(),
        choices=staff_form.choices(viewer(), of=person.user),
        only_by_mail=not mail.is_set_up() and staff_links.works_elsewhere(person.user),
    )  # fmt: skip


@bp.post("/<uuid:user_id>")
def update(user_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            user = access.user_for(viewer(), user_id)
            staff.change(user, by=viewer().actor, at=now(), **staff_form.read())
            staff_form.join_teams(user, by=viewer(), at=now())
    except (Invalid, Conflict) as error:
        field = (error.field or "") if isinstance(error, Invalid) else "role"
        errors = {field: error.person_text}
        return sheet(reads.person(viewer(), user_id), staff_form.typed(), errors), 422
    return done("Saved.", then=url_for("staff.index"))


@bp.post("/<uuid:user_id>/link")
def send_link(user_id: UUID) -> Response | tuple[str, int]:
    """Invite again, or a link to choose a new password; earlier links die."""
    with transaction():
        user = access.user_for(viewer(), user_id)
        if not user.is_active and not user.is_invited:
            raise Conflict(f"{user.name} is kept out. Let them in first.")
        purpose = LinkPurpose.INVITE if user.is_invited else LinkPurpose.RESET
        _, address = staff_links.make(user, purpose, by=viewer().actor, at=now())
    return handed(user, address, f"A fresh link is on its way to {user.name} by e-mail.")


@bp.delete("/<uuid:user_id>/link")
def revoke_link(user_id: UUID) -> Response:
    with transaction():
        user = access.user_for(viewer(), user_id)
        count = staff_links.revoke_all(user, by=viewer().actor, at=now())
    words = "The link works no more." if count else "No link was open."
    answer = done(words, then=url_for("staff.index"))
    answer.headers["HX-Refresh"] = "true"
    return answer


@bp.get("/<uuid:user_id>/leaving")
def leaving(user_id: UUID) -> str:
    """Who gets the work, shown before anything happens."""
    user = access.user_for(viewer(), user_id)
    return farewell(user, chosen(request.args))


def farewell(user: User, to: User | None, error: str = "") -> str:
    others = [(each.id, each.name) for each in owners(viewer()) if each.id != user.id]
    return render_template(
        "settings/staff_leaving.html", user=user, to=to, others=others, error=error,
        leaving=reads.leaving(viewer(), user, to),
    )  # fmt: skip


def chosen(form: Mapping[str, str]) -> User | None:
    try:
        return access.user_for(viewer(), form["to_id"]) if form.get("to_id") else None
    except NotFound:
        raise Invalid("Choose somebody of this practice.", field="to_id") from None


@bp.post("/<uuid:user_id>/leaving")
def disable(user_id: UUID) -> Response | tuple[str, int]:
    user = access.user_for(viewer(), user_id)
    try:
        with transaction():
            user = access.user_for(viewer(), user_id)
            staff.disable(user, chosen(request.form), by=viewer().actor, at=now())
    except (Invalid, Conflict) as error:
        return farewell(access.user_for(viewer(), user_id), None, error.person_text), 422
    undo = Undo(url_for("staff.enable", user_id=user_id))
    words = f"{user.name} can no longer sign in; their work is handed over."
    return done(words, then=url_for("staff.index"), undo=undo)


@bp.delete("/<uuid:user_id>/leaving")
def enable(user_id: UUID) -> Response:
    with transaction():
        user = access.user_for(viewer(), user_id)
        staff.enable(user, by=viewer().actor, at=now())
    answer = done(f"{user.name} may sign in again.", then=url_for("staff.index"))
    answer.headers["HX-Refresh"] = "true"
    return answer
