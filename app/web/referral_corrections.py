"""Correcting what was written down of a referral: office, clinician, reason, when it came."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, render_template, request
from werkzeug.wrappers import Response

from app import access
from app.actions import referral_corrections
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.referral import Referral
from app.queries import referrals as reads
from app.web.answers import done
from app.web.moment import now
from app.web.referrals import office, page_of
from app.web.reply_form import moment_of
from app.web.session import signed_in, staff_blueprint, viewer

bp = staff_blueprint("referral_corrections", __name__, url_prefix="/referrals")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/<uuid:referral_id>/correction")
def edit(referral_id: UUID) -> str:
    return drawn(access.referral_for(viewer(), referral_id))


def drawn(referral: Referral, error: Invalid | None = None) -> str:
    known = {
        "office": referral.referrer.name if referral.referrer else "",
        "referred_by": referral.referred_by or "",
        "received_at": local(referral.received_at),
        "reason": referral.reason,
    }
    return render_template(
        "referrals/correction.html", referral=referral, form=request.form if error else known,
        errors={error.field or "": error.person_text} if error else {},
        offices=reads.offices(viewer()),
    )  # fmt: skip


def local(moment: datetime) -> str:
    """As a date-and-time field shows it, where the practice is."""
    here = moment.astimezone(ZoneInfo(signed_in().practice.time_zone))
    return here.replace(tzinfo=None).isoformat(timespec="minutes")


@bp.post("/<uuid:referral_id>/correction")
def create(referral_id: UUID) -> Response | tuple[str, int]:
    form, by = request.form, viewer().actor
    try:
        with transaction():
            referral = access.referral_for(viewer(), referral_id)
            differs = referral_corrections.correct(
                referral, by=by, at=now(), referrer=office(referral.patient),
                referred_by=form.get("referred_by", "").strip()[:120] or None,
                reason=form.get("reason", "")[:1000], received_at=received(referral),
            )  # fmt: skip
    except Invalid as error:
        return drawn(access.referral_for(viewer(), referral_id), error), 422
    said = "Corrected. Before and after are on record." if differs else "Nothing was different."
    return done(said, then=page_of(referral_id))


def received(referral: Referral) -> datetime:
    """A field that was left alone keeps the seconds it does not show."""
    typed = request.form.get("received_at", "").strip()
    untouched = typed == local(referral.received_at)
    return referral.received_at if untouched else moment_of(typed, field="received_at")
