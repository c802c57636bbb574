"""What staff write to the referring office about one referral."""

from uuid import UUID

from flask import Flask, request
from werkzeug.wrappers import Response

from app import access
from app.actions import referral_notes
from app.core.db import transaction
from app.core.errors import Invalid
from app.queries.referrals import referral_page
from app.web.answers import done
from app.web.moment import now
from app.web.referrals import page_of, sheet
from app.web.session import staff_blueprint, viewer

bp = staff_blueprint("referral_notes", __name__, url_prefix="/referrals/<uuid:referral_id>")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/notes")
def create(referral_id: UUID) -> Response | tuple[str, int]:
    try:
        with transaction():
            referral = access.referral_for(viewer(), referral_id)
            body = request.form.get("note_body", "")
            referral_notes.answer(referral, body, by=viewer(), at=now())
    except Invalid as error:
        return sheet(referral_page(viewer(), referral_id), error), 422
    return done("The office sees it on its page.", then=page_of(referral_id))


@bp.delete("/question")
def settle(referral_id: UUID) -> Response:
    """No answer is needed."""
    with transaction():
        referral = access.referral_for(viewer(), referral_id)
        referral_notes.settle(referral, by=viewer(), at=now())
    return done("No answer needed.", then=page_of(referral_id))
