"""`/api/v1/referrals`: create, read, list."""

from datetime import datetime
from uuid import UUID

from flask import Response

from app import access
from app.actions import referrals, referrers
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, check_named, idempotency_key, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.paging import PageQuery, read_page
from app.api.v1.schemas_messages import KeyHeader
from app.api.v1.schemas_tasks import ReferralIn, ReferralOut, ReferralPage, ReferrerIn
from app.models.referral import Referral, Referrer
from app.models.viewer import Viewer


@bp.post("/referrals")
@documented(
    "referrals", body=ReferralIn, headers=KeyHeader, gives=(201, ReferralOut), refuses=(404, 409)
)
def create_referral() -> Response:
    """Create a referral with its follow-up task.

    A seen Idempotency-Key gives the first referral again.
    """
    by = viewer("referrals:write")
    body, key = read_body(ReferralIn), idempotency_key()

    def write(at: datetime) -> Referral:
        patient = access.patient_for(by, body.patient_id, through="api")
        check_named(by, user_id=body.owner_id)
        return referrals.create(
            patient, reason=body.reason, by=by.actor, at=at, received_at=body.received_at,
            referrer=_referrer(by, body.referrer, at), referred_by=body.referred_by, source_id=key,
            owner_id=body.owner_id, ask_first=body.ask_first,
        )  # fmt: skip

    made = ReferralOut.model_validate(written(write))
    return answer(made, 201, location=f"/api/v1/referrals/{made.id}")


@bp.get("/referrals")
@documented("referrals", query=PageQuery, gives=(200, ReferralPage))
def list_referrals() -> Response:
    """List referrals, in the order of their newest change."""
    by = viewer("referrals:read")
    rows, following, resume = read_page(by, access.visible_referrals(by), Referral, "referral")
    access.seen(by, [row.patient_id for row in rows], through="api")
    items = [ReferralOut.model_validate(row) for row in rows]
    return answer(ReferralPage(items=items, next=following, resume=resume))


@bp.get("/referrals/<uuid:referral_id>")
@documented("referrals", gives=(200, ReferralOut), refuses=(404,))
def read_referral(referral_id: UUID) -> Response:
    """Read a referral."""
    by = viewer("referrals:read")
    referral = access.referral_for(by, referral_id)
    access.seen(by, [referral.patient_id], through="api")
    return answer(ReferralOut.model_validate(referral))


def _referrer(by: Viewer, office: ReferrerIn | None, at: datetime) -> Referrer | None:
    if office is None:
        return None
    return referrers.find_or_add(by.practice_id, by=by.actor, at=at, **office.model_dump())
