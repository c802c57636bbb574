"""Letters to the referring office as staff meet them: approved, taken back, printed for fax, attested, and
one whose e-mail came back."""

from uuid import UUID

from flask import Flask, render_template, request, url_for
from werkzeug.wrappers import Response

from app import access
from app.actions import letters
from app.core.db import transaction
from app.core.errors import Invalid
from app.models.referral_letter import LetterWay
from app.queries.letters import letter_for
from app.queries.referrals import referral_page
from app.web.answers import Undo, done
from app.web.moment import now
from app.web.referrals import minutes, page_of, sheet
from app.web.reply_form import moment_of
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("letters", __name__)
bp.before_request(lambda: viewer().check_staff())
Answer = Response | tuple[str, int]


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/referrals/<uuid:referral_id>/letters")
def create(referral_id: UUID) -> Answer:
    """A person approves the words; a link leaves by e-mail, a fax is printed."""
    try:
        with transaction():
            referral = access.referral_for(viewer(), referral_id)
            way, body = way_of(request.form.get("way", "")), request.form.get("body", "")
            letter = letters.approve(referral, way, body, by=viewer(), at=now())
    except Invalid as error:
        return sheet(referral_page(viewer(), referral_id), error), 422
    undo = Undo(url_for("letters.withdraw", letter_id=letter.id))
    if letter.way is LetterWay.FAX:
        return done("Approved. Print it, fax it, then record that it went through.",
                    then=url_for("letters.printed", letter_id=letter.id), undo=undo)  # fmt: skip
    return done("Approved. The link leaves by e-mail; it counts when it is opened.",
                then=page_of(referral_id), undo=undo)  # fmt: skip


def way_of(text: str) -> LetterWay:
    if text not in set(LetterWay):
        raise Invalid("Choose how it goes out.", field="way")
    return LetterWay(text)


@bp.delete("/letters/<uuid:letter_id>")
def withdraw(letter_id: UUID) -> Response:
    with transaction():
        letter = letter_for(viewer(), letter_id)
        letters.withdraw(letter, by=viewer().actor, at=now())
    return done("Taken back.", then=page_of(letter.referral_id))


@bp.get("/letters/<uuid:letter_id>/print")
def printed(letter_id: UUID) -> str:
    letter = letter_for(viewer(), letter_id)
    access.seen(viewer(), [letter.referral.patient_id], through="letter")
    return render_template("referrals/letter.html", letter=letter, referral=letter.referral)


@bp.post("/letters/<uuid:letter_id>/attestation")
def attest(letter_id: UUID) -> Answer:
    """The fax went through, or somebody read the letter out."""
    form, told_at = request.form, request.form.get("told_at", "").strip()
    letter = letter_for(viewer(), letter_id)
    try:
        with transaction():
            letter = letter_for(viewer(), letter_id)
            letters.attest(
                letter, how=form.get("how", ""), told_to=form.get("told_to", "")[:120],
                told_at=moment_of(told_at, field="told_at") if told_at else now(),
                by=viewer(), at=now(), seconds=minutes() * 60,
            )  # fmt: skip
    except Invalid as error:
        return sheet(referral_page(viewer(), letter.referral_id), error), 422
    return done("Recorded: the referring office knows.", then=page_of(letter.referral_id))


@bp.post("/letters/<uuid:letter_id>/bounce")
def create_bounce(letter_id: UUID) -> Response:
    """The e-mail came back to the practice."""
    with transaction():
        letter = letter_for(viewer(), letter_id)
        letters.fail(letter, "came_back", by=viewer().actor, at=now())
    return done("Noted. Tell them another way.", then=page_of(letter.referral_id))
