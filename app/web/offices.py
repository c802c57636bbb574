"""Referring offices: how each is reached, its links, its referrals, and its form for fax."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import referrers
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.partner_link import LinkScope
from app.queries.fit import criteria, fit_counts
from app.queries.offices import office_for, office_page, offices_with_counts
from app.queries.partner_duplicates import merged_records
from app.queries.partner_office import unsettled_intakes
from app.web.answers import done
from app.web.moment import now
from app.web.partner import form_code
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("offices", __name__, url_prefix="/offices")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def index() -> str:
    return render_template("offices/index.html", offices=offices_with_counts(viewer()))


@bp.get("/new")
def new() -> str:
    return blank()


def blank(error: Invalid | None = None) -> str:
    """The form for an office that has not referred anybody yet."""
    return render_template("offices/new.html", form=request.form, error=error)


@bp.post("")
def create() -> Response | tuple[str, int]:
    try:
        with transaction():
            by = viewer()
            office = referrers.add(by.practice_id, by=by.actor, at=now(), **typed())
    except Invalid as error:
        return blank(error), 422
    said = f"{office.name} is added. Make its link, or print its form."
    return done(said, then=url_for("offices.page", office_id=office.id))


def typed() -> referrers.Reached:
    """How the office is reached, from the fields of its form."""
    form = request.form
    return {
        "name": form.get("name"),
        "email": form.get("email", ""),
        "phone": form.get("phone", ""),
        "fax": form.get("fax", ""),
        "clinicians": form.get("clinicians", "")[:4000],
        "more_phones": form.get("more_phones", "")[:1000],
    }


@bp.get("/<uuid:office_id>")
def page(office_id: UUID) -> Response | str:
    """Of a record that was merged, the one that stands for it."""
    office = office_for(viewer(), office_id)
    if office.id != office_id:
        return redirect(url_for("offices.page", office_id=office.id), 303)
    return drawn(office_id)


def drawn(
    office_id: UUID, error: Invalid | None = None, made: Mapping[str, Any] | None = None
) -> str:
    found = office_page(viewer(), office_id)
    return render_template(
        "offices/page.html", found=found, error=error, made=made,
        form=request.form if error else {}, scopes=referrers.LINKS, at=now(),
        fit=fit_counts(viewer(), at=now(), referrer_id=office_id),
        intakes=unsettled_intakes(viewer(), office_id, at=now()),
        merged=merged_records(viewer(), found.office),
    )  # fmt: skip


@bp.post("/<uuid:office_id>")
def update(office_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            office = office_for(viewer(), office_id)
            referrers.update(office, by=viewer().actor, at=now(), **typed())
    except Invalid as error:
        return drawn(office_id, error), 422
    return done("Saved.", then=url_for("offices.page", office_id=office_id))


@bp.post("/<uuid:office_id>/links")
def create_link(office_id: UUID) -> str:
    """A fresh link, shown this once; the one of before ends."""
    scope = scope_of(request.form.get("scope", ""))
    with transaction():
        office = office_for(viewer(), office_id)
        address = referrers.make_link(office, scope, by=viewer().actor, at=now())
    return drawn(office_id, made={"scope": scope, "address": address})


@bp.delete("/<uuid:office_id>/links/<scope>")
def delete_links(office_id: UUID, scope: str) -> Response:
    with transaction():
        office = office_for(viewer(), office_id)
        referrers.revoke_links(office, scope_of(scope), by=viewer().actor, at=now())
    return done("It opens nothing any more.", then=url_for("offices.page", office_id=office_id))


@bp.get("/<uuid:office_id>/form")
def printed_form(office_id: UUID) -> str:
    """For fax: blanks to fill in by hand, and the code that opens the same form, or for staff their own."""
    office = office_for(viewer(), office_id)
    lines = criteria(viewer(), in_force=True)
    home = form_code.address_of(signed_in().practice)
    return render_template(
        "offices/form.html", office=office, criteria=lines, address=form_code.without_scheme(home),
        qr=form_code.qr_of(f"{home}/{office.form_code}"),
    )  # fmt: skip


@bp.post("/<uuid:office_id>/code")
def renew_code(office_id: UUID) -> Response:
    """Forms that are printed already open nothing any more."""
    with transaction():
        office = office_for(viewer(), office_id)
        referrers.renew_code(office, by=viewer().actor, at=now())
    said = "The form has a new code. Print it, and give it to the office."
    return done(said, then=url_for("offices.printed_form", office_id=office_id))


def scope_of(text: str) -> LinkScope:
    if text not in referrers.LINKS:
        raise Invalid("Choose what the link is for.", field="scope")
    return LinkScope(text)
