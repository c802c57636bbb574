"""`/api/v1/referrals`: create, read, list."""

from dataclasses import asdict
from datetime import datetime
from typing import cast
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
from app.api.v1.sent import patient_of, take_in
from app.models.referral import Referral, Referrer
from app.models.sent_work import Effect, SourceStatus
from app.models.task import TaskType
from app.models.viewer import Viewer


@bp.post("/referrals")
@documented(
    "referrals", body=ReferralIn, headers=KeyHeader, gives=(201, ReferralOut), also=(200,),
    refuses=(404, 409),
)  # fmt: skip
def create_referral() -> Response:
    """Create a referral with its follow-up task.

    A seen Idempotency-Key gives the first referral again; a known `source_id` answers 200 and changes it.
    """
    by = viewer("referrals:write")
    body, key = read_body(ReferralIn), idempotency_key()

    def write(at: datetime) -> tuple[Referral, bool]:
        if body.source_id is not None:
            return _take_in(by, body, body.source_id, at=at)
        patient = patient_of(by, body)
        check_named(by, user_id=body.owner_id)
        return referrals.create(
            patient, reason=body.reason, by=by.actor, at=at, received_at=body.received_at,
            referrer=_referrer(by, body.referrer, at), referred_by=body.referred_by, source_id=key,
            owner_id=body.owner_id, ask_first=body.ask_first,
        ), True  # fmt: skip

    referral, is_new = written(write)
    made = ReferralOut.model_validate(referral)
    return answer(made, 201 if is_new else 200, location=f"/api/v1/referrals/{made.id}")


def _take_in(
    by: Viewer, body: ReferralIn, source_id: str, *, at: datetime
) -> tuple[Referral, bool]:
    said = {
        "reason": body.reason, "referred_by": body.referred_by, "received_at": body.received_at,
        "referrer": body.referrer.sent() if body.referrer else None, "owner_id": body.owner_id,
        "ask_first": body.ask_first,
        "status": SourceStatus(body.source_status) if body.source_status else None,
    }  # fmt: skip
    made = take_in(by, body, source_id, TaskType.REFERRAL_FOLLOW_UP, said, at=at)
    return cast("Referral", made.row), made.effect is Effect.CREATED


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
    return referrers.find_or_add(by.practice_id, by=by.actor, at=at, **asdict(office.sent()))
