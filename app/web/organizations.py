"""Settings: the directory of community organizations, which leads and admins keep and all staff read."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import organization_numbers, organizations
from app.actions.organization_numbers import Texts
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.community_organization import Capacity, CommunityOrganization, LinksBy, Need
from app.models.user import Role
from app.queries.organizations import directory
from app.queries.partner_duplicates import merged_records
from app.web.answers import Undo, done
from app.web.event_words import EVENTS
from app.web.moment import now, today
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.words import pairs
from messaging.languages import LANGUAGES

bp = staff_blueprint("organizations", __name__, url_prefix="/settings/referrals/organizations")
bp.before_request(lambda: viewer().check_staff())
Answer = Response | tuple[str, int]


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    EVENTS["organization.mail_failed"] = "An e-mail to the organization did not arrive"


def asked(name: str) -> str | None:
    return request.args.get(name) or None


@bp.get("")
def index() -> str:
    need, language = asked("need"), asked("language")
    day = today(signed_in().practice.time_zone)
    found = directory(viewer(), need=need, language=language, on=day)
    return render_template(
        "settings/organizations.html", found=found, day=day, need=need, language=language,
        retired=directory(viewer(), need=need, language=language, retired=True),
        needs=list(Need), languages=list(LANGUAGES),
    )  # fmt: skip


@bp.get("/new")
def new() -> str:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    return form(None)


@bp.get("/<uuid:organization_id>")
def edit(organization_id: UUID) -> str:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    return form(access.organization_for(viewer(), organization_id))


def form(one: CommunityOrganization | None, error: Invalid | None = None) -> str:
    errors = {error.field or "": error.person_text} if error else {}
    typed = entry() if error else one or organizations.Entry("")
    number = organization_numbers.number_of(one) if one else None
    return render_template(
        "settings/organization.html", one=one, typed=typed, errors=errors, needs=list(Need),
        languages=list(LANGUAGES), rooms=pairs(Capacity, "room"),
        texts=texts() if error else shown_texts(one), stopped=number is not None and number.opted_out_at,
        agreement=organization_numbers.wording(signed_in().practice),
        merged=merged_records(viewer(), one) if one else [],
    )  # fmt: skip


def entry() -> organizations.Entry:
    names = ("name", "serves", "hours", "phone", "email", "address", "capacity")
    lines = {name: request.form.get(name, "") for name in names}
    return organizations.Entry(
        **lines, needs=request.form.getlist("needs"), languages=request.form.getlist("languages"),
        texts=texts(),
    )  # fmt: skip


def texts() -> Texts:
    asked = ("mobile", "agreed", "agreed_name")
    typed = {name: request.form.get(name, "") for name in asked}
    return Texts(links_by=request.form.get("links_by") or LinksBy.EMAIL, **typed)


def shown_texts(one: CommunityOrganization | None) -> Texts:
    return Texts(one.links_by, one.mobile or "") if one else Texts()


@bp.post("")
def create() -> Answer:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    try:
        with transaction():
            made = organizations.add(viewer().practice_id, entry(), by=viewer().actor, at=now())
    except Invalid as error:
        return form(None, error), 422
    return done(f"{made.name} is in the directory.", then=url_for("organizations.index"))


@bp.post("/<uuid:organization_id>")
def update(organization_id: UUID) -> Answer:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    try:
        with transaction():
            one = access.organization_for(viewer(), organization_id)
            organizations.change(one, entry(), by=viewer().actor, at=now())
    except Invalid as error:
        return form(access.organization_for(viewer(), organization_id), error), 422
    return done("Saved.", then=url_for("organizations.index"))


@bp.post("/<uuid:organization_id>/retirement")
def retire(organization_id: UUID) -> Response:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        one = access.organization_for(viewer(), organization_id)
        organizations.retire(one, by=viewer().actor, at=now())
    undo = Undo(url_for("organizations.bring_back", organization_id=organization_id))
    return done("Retired: not offered any more.", then=url_for("organizations.index"), undo=undo)


@bp.delete("/<uuid:organization_id>/retirement")
def bring_back(organization_id: UUID) -> Response:
    viewer().check_role(Role.LEAD, Role.ADMIN)
    with transaction():
        one = access.organization_for(viewer(), organization_id)
        organizations.bring_back(one, by=viewer().actor, at=now())
    return done("In use again.", then=url_for("organizations.index"))
