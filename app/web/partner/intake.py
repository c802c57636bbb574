"""The form by which an office refers a patient without an account. It shows nothing of anybody; what is
written waits for staff, and how much may wait or come in an hour is bounded."""

from flask import Flask, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.actions import intakes
from app.core.crypto import digest
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.partner_link import LinkScope
from app.models.referral import Referrer
from app.queries.fit import criteria
from app.queries.offices import office_for
from app.web import security
from app.web.moment import now
from app.web.partner import door, session

bp = session.partner_blueprint("partner_intake", __name__, LinkScope.INTAKE)
#: A busy office in a busy hour; more is somebody with a script.
PER_LINK = ("12/hour", "40/day")
FIELDS = ("given_name", "family_name", "birth_date", "reason", "phone", "referred_by")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    door.HOMES[LinkScope.INTAKE] = "partner_intake.page"


def office() -> Referrer:
    return office_for(session.viewer(), session.link().subject_id)


@bp.get("/refer")
def page(token: str) -> str:
    return drawn(token)


def drawn(token: str, error: Invalid | None = None) -> str:
    return render_template(
        "partner/intake.html", token=token, office=office(), form=request.form,
        errors={error.field or "": error.person_text} if error else {},
        criteria=criteria(session.viewer(), in_force=True),
    )  # fmt: skip


@bp.post("/refer")
def create(token: str) -> Response | tuple[str, int]:
    for rate in PER_LINK:
        security.check_rate(rate, "partner-intake", digest(token))
    if request.form.get("website"):  # a field no person sees
        return redirect(url_for("partner_intake.page", token=token), 303)
    written = intakes.Written(**{name: request.form.get(name, "") for name in FIELDS})
    try:
        with transaction():
            intakes.submit(office(), written, by=session.viewer().actor, at=now())
    except Invalid as error:
        return drawn(token, error), 422
    flash("Thank you. We have your referral and look at it on our next working day.", "success")
    return redirect(url_for("partner_intake.page", token=token), 303)
