"""Consent to share with a community organization: a row per yes, in the words that were heard; a no is about
every organization and closes what is open at once. Asked again whenever something would be shared."""

from datetime import datetime

from sqlalchemy import and_, exists, or_, select

from app.actions import consents, organization_asks, organization_visits
from app.core.db import db
from app.models.consent import SHARING, Consent, ConsentDecision, ConsentHow
from app.models.event import Actor
from app.models.organization_ask import OrganizationAsk
from app.models.patient import Patient
from app.models.referral_state import OPEN

WITHDRAWN = organization_asks.ENDED_WHY["consent_withdrawn"]


def agree(
    patient: Patient, how: ConsentHow, words: str, language: str, *, by: Actor, at: datetime
) -> Consent:
    """They said yes to `words`, which name the organization."""
    said = consents.Said(how, words, language, channel=SHARING, purpose=SHARING)
    given = consents.give(patient, None, said, by=by, at=at)
    if given is None:
        raise ValueError("consent to sharing is never second-hand")
    db.session.flush()
    return given


def stands(ask: OrganizationAsk) -> bool:
    """Whether the yes this rests on was not followed by a no."""
    given = db.session.get_one(Consent, (ask.practice_id, ask.consent_id))
    later = or_(
        Consent.recorded_at > given.recorded_at,
        and_(Consent.recorded_at == given.recorded_at, Consent.id > given.id),
    )
    no = exists().where(
        Consent.practice_id == ask.practice_id,
        Consent.patient_id == given.patient_id,
        Consent.channel == SHARING,
        Consent.decision != ConsentDecision.GIVEN,
        later,
    )
    return given.decision is ConsentDecision.GIVEN and not db.session.scalar(select(no))


def withdraw(
    patient: Patient, how: ConsentHow, words: str, language: str, *, by: Actor, at: datetime
) -> int:
    """They do not want anything shared any more. Returns how many asks that ended."""
    said = consents.Said(how, words, language, channel=SHARING, purpose=SHARING)
    consents.withdraw(patient, None, said, by=by, at=at)
    rows = select(OrganizationAsk).where(
        OrganizationAsk.practice_id == patient.practice_id,
        OrganizationAsk.patient_id == patient.id,
    )
    found = list(db.session.scalars(rows.with_for_update()))
    for ask in found:
        organization_asks.close_door(ask, by=by, at=at)
        organization_visits.drop(ask, WITHDRAWN, by=by, at=at)
    still = [ask for ask in found if ask.status in OPEN]
    for ask in still:
        organization_asks.end(ask, "consent_withdrawn", by=by, at=at)
    return len(still)
