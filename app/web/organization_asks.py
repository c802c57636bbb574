"""Asking community organizations on a referral: chosen by need and language, with the person's yes to
sharing; renewed, printed, taken back; and their no to sharing, which ends everything at once."""

from uuid import UUID

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import organization_asks, sharing
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.community_organization import CommunityOrganization, Need
from app.models.consent import ConsentHow
from app.models.referral import Referral
from app.queries.fit_histories import fit_histories
from app.queries.organization_asks import ask_for
from app.queries.organizations import directory
from app.queries.surroundings import current_memberships
from app.web.answers import done
from app.web.moment import now, today
from app.web.patient_records import HEARD
from app.web.referrals import page_of
from app.web.session import signed_in, staff_blueprint, viewer
from app.web.sharing_wording import share_words, stop_words
from messaging.languages import LANGUAGES

bp = staff_blueprint("organization_asks", __name__)
bp.before_request(lambda: viewer().check_staff())
Answer = Response | tuple[str, int]
LEAVES = {"text": "A link leaves by text.", "email": "A link leaves by e-mail."}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def need_of(text: str) -> Need | None:
    return Need(text) if text in set(Need) else None


@bp.get("/referrals/<uuid:referral_id>/asks/new")
def new(referral_id: UUID) -> str:
    referral = access.referral_for(viewer(), referral_id)
    chosen = request.args.get("organization")
    one = access.organization_for(viewer(), chosen) if chosen else None
    return drawn(referral, one)


def drawn(
    referral: Referral, one: CommunityOrganization | None, error: Invalid | None = None
) -> str:
    access.seen(viewer(), [referral.patient_id], through="referral")
    day = today(signed_in().practice.time_zone)
    need, language = need_of(request.values.get("need", "")), request.args.get("language") or None
    found = (
        directory(viewer(), need=need, language=language, on=day) if need and one is None else []
    )
    group = current_memberships(viewer().practice_id, [referral.patient_id]).get(
        referral.patient_id
    )
    subgroup = group.subgroup if group else None
    histories = (
        fit_histories(viewer(), need, at=now(), subgroup_id=subgroup.id if subgroup else None)
        if found and need
        else {}
    )
    return render_template(
        "referrals/ask.html", histories=histories, day=day, subgroup=subgroup,
        referral=referral, need=need, language=language, found=found,
        one=one, error=error, needs=list(Need), languages=list(LANGUAGES), heard=HEARD,
        words=share_words(referral.patient.language, signed_in().practice, one) if one else "",
    )  # fmt: skip


@bp.post("/referrals/<uuid:referral_id>/asks")
def create(referral_id: UUID) -> Answer:
    """They agreed to these words; the organization is asked."""
    form = request.form
    referral = access.referral_for(viewer(), referral_id)
    one = access.organization_for(viewer(), form.get("organization", ""))
    try:
        with transaction():
            referral = access.referral_for(viewer(), referral_id)
            one = access.organization_for(viewer(), one.id)
            ask(referral, one)
    except Invalid as error:
        return drawn(referral, one, error), 422
    said = LEAVES.get(organization_asks.way_of(one), "Print the link now.")
    return done(f"{one.name} is asked. {said}", then=page_of(referral_id))


def ask(referral: Referral, one: CommunityOrganization) -> None:
    form, by, at = request.form, viewer().actor, now()
    need = need_of(form.get("need", ""))
    if need is None:
        raise Invalid("Choose what they need.", field="need")
    if form.get("agreed") != "yes":
        raise Invalid(
            "Nothing leaves without their yes. Read them the words first.", field="agreed"
        )
    organization_asks.check_can_ask(referral, one, need)
    patient = referral.patient
    words = share_words(patient.language, signed_in().practice, one)
    consent = sharing.agree(patient, heard(), words, patient.language, by=by, at=at)
    organization_asks.create(referral, one, need, consent, by=by, at=at)


def heard() -> ConsentHow:
    how = request.form.get("how", "")
    if how not in HEARD:
        raise Invalid("Choose how you heard it.", field="how")
    return ConsentHow(how)


@bp.post("/asks/<uuid:ask_id>/renewal")
def renew(ask_id: UUID) -> Response:
    with transaction():
        one = ask_for(viewer(), ask_id)
        organization_asks.renew(one, by=viewer().actor, at=now())
    said = LEAVES.get(organization_asks.way_of(one.organization), "Renewed.")
    return done(said, then=page_of(one.referral_id))


@bp.post("/asks/<uuid:ask_id>/paper")
def print_link(ask_id: UUID) -> str:
    """A fresh link on paper, to hand over; it can't be shown again."""
    with transaction():
        one = ask_for(viewer(), ask_id)
        address = organization_asks.hand_over(one, by=viewer().actor, at=now())
    return render_template("referrals/ask_paper.html", ask=one, address=address)


@bp.delete("/asks/<uuid:ask_id>")
def take_back(ask_id: UUID) -> Response:
    with transaction():
        one = ask_for(viewer(), ask_id)
        organization_asks.take_back(one, by=viewer().actor, at=now())
    return done("Taken back: their link opens nothing any more.", then=page_of(one.referral_id))


@bp.post("/referrals/<uuid:referral_id>/sharing-refusal")
def refuse_sharing(referral_id: UUID) -> Response:
    """They do not want anything shared any more."""
    with transaction():
        patient = access.referral_for(viewer(), referral_id).patient
        words = stop_words(patient.language, signed_in().practice)
        ended = sharing.withdraw(
            patient, heard(), words, patient.language, by=viewer().actor, at=now()
        )
    return done(f"Recorded. Asks that ended: {ended}.", then=page_of(referral_id))
