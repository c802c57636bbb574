"""Likely duplicates of offices and of community organizations, and merging two records of one: seen before it
is done, and taken back by one button."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import partner_merges
from app.core.db import transaction
from app.models.partner_merge import Partner, PartnerKind
from app.models.user import Role
from app.queries import partner_duplicates as reads
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.words import WORDS

bp = staff_blueprint(
    "partner_merges", __name__, url_prefix="/duplicates/<any(office,organization):kind>"
)
bp.before_request(lambda: viewer().check_role(Role.LEAD, Role.ADMIN))
#: Where each kind has its list and its page.
LISTS = {PartnerKind.OFFICE: "offices.index", PartnerKind.ORGANIZATION: "organizations.index"}
ALL = {PartnerKind.OFFICE: "Referring offices", PartnerKind.ORGANIZATION: "Community organizations"}


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    WORDS["same_partner"] = {
        "same_name": "Same name, written otherwise", "same_email": "Same e-mail",
        "same_number": "Same phone or fax", "similar_name": "Similar name",
        "same_clinician": "Same clinician",
    }  # fmt: skip
    WORDS["moved_rows"] |= {
        "referral_intake": "patients sent by link", "phone_number": "numbers",
        "partner_link": "links", "mail": "e-mails", "referrer": "records merged earlier",
        "community_organization": "records merged earlier",
    }  # fmt: skip


def home_of(kind: PartnerKind, partner_id: UUID) -> str:
    if kind is PartnerKind.OFFICE:
        return url_for("offices.page", office_id=partner_id)
    return url_for("organizations.edit", organization_id=partner_id)


def drawn(template: str, kind: PartnerKind, **more: object) -> str:
    return render_template(
        f"partner_merges/{template}.html", kind=kind, all_of_them=ALL[kind],
        back=url_for(LISTS[kind]), **more,
    )  # fmt: skip


def find(kind: str, partner_id: UUID | str) -> Partner:
    return reads.partner_for(viewer(), PartnerKind(kind), partner_id)


@bp.get("")
def index(kind: str) -> str:
    pairs, more = reads.duplicates(viewer(), PartnerKind(kind))
    return drawn("index", PartnerKind(kind), pairs=pairs, more=more)


@bp.post("/<uuid:one_id>/not-same/<uuid:other_id>")
def create_not_same(kind: str, one_id: UUID, other_id: UUID) -> Response:
    with transaction():
        one, other = find(kind, one_id), find(kind, other_id)
        partner_merges.say_not_same(one, other, by=viewer().actor, at=now())
    back = url_for("partner_merges.delete_not_same", kind=kind, one_id=one_id, other_id=other_id)
    said = f"{one.name} and {other.name} are two."
    return done(said, then=url_for("partner_merges.index", kind=kind), undo=Undo(back))


@bp.delete("/<uuid:one_id>/not-same/<uuid:other_id>")
def delete_not_same(kind: str, one_id: UUID, other_id: UUID) -> Response:
    with transaction():
        one, other = find(kind, one_id), find(kind, other_id)
        partner_merges.take_back_not_same(one, other, by=viewer().actor, at=now())
    return done("They are on the list again.", then=url_for("partner_merges.index", kind=kind))


@bp.get("/<uuid:one_id>/merges/new")
def new(kind: str, one_id: UUID) -> str:
    """What a merge would do; without a second record, the search for one."""
    survivor, of_kind = find(kind, one_id), PartnerKind(kind)
    home = home_of(of_kind, survivor.id)
    if request.args.get("other"):
        plan = partner_merges.plan(survivor, find(kind, request.args["other"]))
        return drawn("preview", of_kind, plan=plan, home=home)
    q = " ".join(request.args.get("q", "").split())[:60]
    others = reads.standing(viewer(), of_kind, name=q)
    found = sorted((each for each in others if each.id != survivor.id), key=lambda each: each.name)
    return drawn("find", of_kind, one=survivor, q=q, found=found[:50], home=home)


@bp.post("/<uuid:one_id>/merges")
def create(kind: str, one_id: UUID) -> Response:
    with transaction():
        survivor, merged = find(kind, one_id), find(kind, request.form.get("other", ""))
        row = partner_merges.merge(survivor, merged, by=viewer().actor, at=now())
    back = url_for("partner_merges.delete", kind=kind, one_id=one_id, merge_id=row.id)
    said = f"{merged.name} is merged into {survivor.name}. Nothing was sent."
    return done(said, then=home_of(PartnerKind(kind), one_id), undo=Undo(back))


@bp.delete("/<uuid:one_id>/merges/<uuid:merge_id>")
def delete(kind: str, one_id: UUID, merge_id: UUID) -> Response:
    with transaction():
        find(kind, one_id)
        row = reads.merge_for(viewer(), one_id, merge_id)
        partner_merges.undo(row, by=viewer().actor, at=now())
    return done("The merge is taken back.", then=home_of(PartnerKind(kind), one_id))
