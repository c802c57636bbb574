"""Vouching for many entries at once: the worker attests, a lead approves. DELETE takes the word back, by a
row of its own."""

from flask import Flask, request, url_for
from werkzeug.wrappers import Response

from app.actions import attestations
from app.actions.attestations import APPROVED, ATTESTED
from app.core.db import transaction
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.touchpoint import Touchpoint
from app.queries.month_list import MOST
from app.queries.vouching import touchpoints_for
from app.web.answers import Undo, done, way_back
from app.web.moment import now
from app.web.session import staff_blueprint, viewer
from app.web.words import WORDS

bp = staff_blueprint("vouching", __name__, url_prefix="/reports")
bp.before_request(lambda: viewer().check_staff())


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    WORDS["vouching"] = {
        "attested": "Vouched for",
        "approved": "Approved",
        "attestation_withdrawn": "Vouching taken back",
        "approval_withdrawn": "Approval taken back",
    }


@bp.post("/attestations")
def attest() -> Response:
    return say(ATTESTED, "vouching.unattest", "You vouched for")


@bp.post("/approvals")
def approve() -> Response:
    return say(APPROVED, "vouching.unapprove", "Approved:")


@bp.delete("/attestations")
def unattest() -> Response:
    return take_back(ATTESTED)


@bp.delete("/approvals")
def unapprove() -> Response:
    return take_back(APPROVED)


def say(kind: str, undo: str, words: str) -> Response:
    with transaction():
        said = attestations.vouch(rows(), kind, by=viewer(), at=now())
    noun = "entry" if len(said) == 1 else "entries"
    back = Undo(url_for(undo, ids=[str(each) for each in said])) if said else None
    return done(f"{words} {len(said)} {noun}.", then=way_back("/reports"), undo=back)


def take_back(kind: str) -> Response:
    with transaction():
        attestations.withdraw(rows(), kind, by=viewer(), at=now())
    return done("Taken back.", then=way_back("/reports"))


def rows() -> list[Touchpoint]:
    """The chosen rows; NotFound as soon as one is not the viewer's to see."""
    ids = {found for text in request.values.getlist("ids") if (found := parse_id(text))}
    if not ids:
        raise Invalid("Choose at least one entry.")
    if len(ids) > MOST:
        raise Invalid(f"Choose at most {MOST} entries at once.")
    return touchpoints_for(viewer(), ids)
