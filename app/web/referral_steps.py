"""The steps of a referral as small resources: fit check, hold, milestones, closing, ending."""

from uuid import UUID

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import referral_steps
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.referral import Referral
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.task import Evidence
from app.queries.fit import criterion_for
from app.queries.referrals import referral_page
from app.web.answers import Undo, done
from app.web.display import on_day
from app.web.form_days import day_in
from app.web.moment import now
from app.web.referrals import page_of, sheet
from app.web.reply_form import moment_of
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("referral_steps", __name__, url_prefix="/referrals/<uuid:referral_id>")
bp.before_request(lambda: viewer().check_staff())
Answer = Response | tuple[str, int]
LONGEST_NOTE = 1000


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def found(referral_id: UUID) -> Referral:
    return access.referral_for(viewer(), referral_id)


def again(referral_id: UUID, error: Invalid) -> tuple[str, int]:
    return sheet(referral_page(viewer(), referral_id), error), 422


def written(name: str) -> str:
    return request.form.get(name, "").strip()[:LONGEST_NOTE]


@bp.post("/fit")
def check_fit(referral_id: UUID) -> Answer:
    """A fit is accepted; not a fit is rejected, with the reason."""
    try:
        with transaction():
            referral = found(referral_id)
            if written("fit") == "yes":
                referral_steps.accept(
                    referral, by=viewer().actor, at=now(), note=written("fit_note")
                )
                said = "Accepted."
            else:
                said = reject(referral)
    except Invalid as error:
        return again(referral_id, error)
    return done(said, then=page_of(referral_id))


def reject(referral: Referral) -> str:
    if written("fit") != "no":
        raise Invalid("Choose whether they are a fit.", field="fit")
    criterion_id = parse_id(request.form.get("criterion", ""))
    criterion = criterion_for(viewer(), criterion_id) if criterion_id else None
    reason = "; ".join(
        each for each in (criterion.text if criterion else "", written("fit_note")) if each
    )
    if not reason:
        raise Invalid("Write why they are not a fit: the office will read it.", field="fit_note")
    referral_steps.reject(
        referral, reason, by=viewer().actor, at=now(),
        unmet_criterion_id=criterion.id if criterion else None,
    )  # fmt: skip
    return "Not a fit. Next: tell the referring office why."


@bp.post("/hold")
def hold(referral_id: UUID) -> Answer:
    try:
        until = day_in("until")
        with transaction():
            referral_steps.hold(
                found(referral_id), written("reason"), by=viewer().actor, at=now(), until=until
            )
    except Invalid as error:
        return again(referral_id, error)
    undo = Undo(url_for("referral_steps.resume", referral_id=referral_id))
    said = f"On hold until {on_day(until)}." if until else "On hold."
    return done(f"{said} The patient is not asked meanwhile.", then=page_of(referral_id), undo=undo)


@bp.delete("/hold")
def resume(referral_id: UUID) -> Response:
    with transaction():
        referral_steps.resume(found(referral_id), by=viewer().actor, at=now())
    return done("Goes on.", then=page_of(referral_id))


@bp.post("/milestones")
def create_milestone(referral_id: UUID) -> Answer:
    """Scheduled, kept, outcome or report received, as it came."""
    happened, kind = written("happened_at"), written("kind")
    try:
        with transaction():
            referral_steps.mark(
                found(referral_id), kind_of(kind), by=viewer().actor, at=now(),
                happened_at=moment_of(happened, field="happened_at") if happened else None,
                evidence=evidence_of(written("evidence")), note=written("note"),
            )  # fmt: skip
    except Invalid as error:
        return again(referral_id, error)
    undo = Undo(url_for("referral_steps.delete_milestone", referral_id=referral_id, kind=kind))
    return done("Recorded.", then=page_of(referral_id), undo=undo)


@bp.delete("/milestones/<kind>")
def delete_milestone(referral_id: UUID, kind: str) -> Response:
    with transaction():
        referral_steps.unmark(found(referral_id), kind_of(kind), by=viewer().actor, at=now())
    return done("Taken back.", then=page_of(referral_id))


@bp.post("/closing")
def close(referral_id: UUID) -> Response:
    with transaction():
        referral_steps.close(found(referral_id), by=viewer().actor, at=now())
    undo = Undo(url_for("referral_steps.reopen", referral_id=referral_id))
    return done("The loop is closed.", then=page_of(referral_id), undo=undo)


@bp.delete("/closing")
def reopen(referral_id: UUID) -> Response:
    with transaction():
        referral_steps.reopen(found(referral_id), by=viewer().actor, at=now())
    return done("Open again.", then=page_of(referral_id))


@bp.post("/ending")
def end(referral_id: UUID) -> Answer:
    """Ended without an outcome, with the reason."""
    how = request.form.get("how", "")
    try:
        with transaction():
            if how not in set(ReferralStatus):
                raise Invalid("Choose how it ended.", field="how")
            referral_steps.end(
                found(referral_id), ReferralStatus(how), written("reason"),
                by=viewer().actor, at=now(),
            )  # fmt: skip
    except Invalid as error:
        return again(referral_id, error)
    said = (
        ""
        if how == ReferralStatus.ENTERED_IN_ERROR
        else " The referring office is still to be told."
    )
    return done(f"Ended.{said}", then=page_of(referral_id))


def kind_of(text: str) -> MilestoneKind:
    if text not in set(MilestoneKind):
        raise Invalid("Choose what happened.", field="kind")
    return MilestoneKind(text)


def evidence_of(text: str) -> Evidence | None:
    return Evidence(text) if text in set(Evidence) else None
