"""One referral as its office sees it: how far it is, what the practice wrote, and the way to say that it was
read. Reached by a link to this referral, or from the office's own page."""

from uuid import UUID

from flask import Flask, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import letters, referral_notes
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.partner_link import LinkScope
from app.models.referral_letter import LetterWay, ReferralLetter
from app.queries.letters import letter_for, letters_of
from app.queries.offices import notes_of
from app.web.moment import now
from app.web.partner import door, session

bp = session.partner_blueprint("partner_referral", __name__, LinkScope.REFERRAL, LinkScope.OFFICE)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    door.HOMES[LinkScope.REFERRAL] = "partner_referral.home"
    door.OPENINGS[LinkScope.REFERRAL] = open_all


@bp.before_request
def check_opened() -> Response | None:
    """Somebody pressed the button in this browser, or the door is where they go."""
    if session.is_opened():
        return None
    return redirect(url_for("partner.page", token=(request.view_args or {})["token"]), 303)


def open_all() -> None:
    """Who opens the door of one referral is told what waits behind it."""
    referral = access.referral_for(session.viewer(), session.link().subject_id)
    letters.open_all(referral, by=session.viewer(), at=now())


@bp.get("/referral")
def home(token: str) -> Response:
    to = url_for("partner_referral.page", token=token, referral_id=session.link().subject_id)
    return redirect(to, 303)


@bp.get("/referrals/<uuid:referral_id>")
def page(token: str, referral_id: UUID) -> str:
    return drawn(token, referral_id)


@bp.get("/referrals/<uuid:referral_id>/notes")
def notes(token: str, referral_id: UUID) -> str:
    """The questions and answers alone: the page asks for them while it is open."""
    referral = access.referral_for(session.viewer(), referral_id)
    return render_template(
        "partner/_notes.html", token=token, referral=referral, notes=notes_of(referral)
    )


def drawn(token: str, referral_id: UUID, error: Invalid | None = None) -> str:
    viewer = session.viewer()
    referral = access.referral_for(viewer, referral_id)
    access.seen(viewer, [referral.patient_id], through="partner")
    shown = [each for each in letters_of(viewer, referral_id) if is_shown(each)]
    return render_template(
        "partner/referral.html", token=token, referral=referral, letters=shown, error=error,
        notes=notes_of(referral),
        form=request.form, from_office=session.link().scope is LinkScope.OFFICE,
    )  # fmt: skip


def is_shown(letter: ReferralLetter) -> bool:
    """A printed one only when somebody said that it went through."""
    if letter.withdrawn_at is not None:
        return False
    return letter.way is LetterWay.LINK or letter.tells


@bp.post("/letters/<uuid:letter_id>/opening")
def create_opening(token: str, letter_id: UUID) -> Response:
    with transaction():
        letter = letter_for(session.viewer(), letter_id)
        letters.open_letter(letter, by=session.viewer(), at=now())
    return back(token, letter.referral_id)


@bp.post("/letters/<uuid:letter_id>/acknowledgement")
def create_acknowledgement(token: str, letter_id: UUID) -> Response | tuple[str, int]:
    """Somebody says that they read it."""
    letter = letter_for(session.viewer(), letter_id)
    try:
        with transaction():
            letter = letter_for(session.viewer(), letter_id)
            name = request.form.get("name", "")
            letters.acknowledge(letter, name, by=session.viewer(), at=now())
    except Invalid as error:
        return drawn(token, letter.referral_id, error), 422
    flash("Thank you. The practice sees that you read it.", "success")
    return back(token, letter.referral_id)


@bp.post("/referrals/<uuid:referral_id>/questions")
def create_question(token: str, referral_id: UUID) -> Response | tuple[str, int]:
    form = request.form
    try:
        with transaction():
            referral = access.referral_for(session.viewer(), referral_id)
            referral_notes.ask(
                referral, form.get("note_body", ""), name=form.get("asker", ""),
                by=session.viewer(), at=now(),
            )  # fmt: skip
    except Invalid as error:
        return drawn(token, referral_id, error), 422
    flash("Sent. The care team answers here.", "success")
    return back(token, referral_id)


def back(token: str, referral_id: UUID) -> Response:
    to = url_for("partner_referral.page", token=token, referral_id=referral_id)
    return redirect(to, 303)
