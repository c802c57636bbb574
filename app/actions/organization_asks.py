"""Asking a community organization to help with a referral: written with the person's yes, sent as a link by
text or e-mail or handed over on paper, renewed, taken back. The link shows this one ask and nothing else."""

from datetime import datetime

from sqlalchemy import select

from app.actions import (
    mail,
    organization_clocks,
    organization_numbers,
    organization_texts,
    organization_visits,
    partner_links,
    referral_onward,
)
from app.actions.referral_milestones import begin_work
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.models.community_organization import CommunityOrganization, Need
from app.models.consent import Consent
from app.models.event import Actor, record
from app.models.mail import MailKind
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope, PartnerLink
from app.models.referral import Referral
from app.models.referral_state import OPEN, ReferralStatus

#: Why the day it had set is not needed, by why it ended.
ENDED_WHY = {
    "taken_back": "The organization is not asked any more",
    "consent_withdrawn": "They do not want anything shared",
}


def lock(ask: OrganizationAsk) -> None:
    """Read it again, for this transaction alone: an answer and a withdrawal must not cross."""
    db.session.refresh(ask, with_for_update=True)


def check_can_ask(referral: Referral, organization: CommunityOrganization, need: Need) -> None:
    """Raise Conflict or Invalid with what is in the way."""
    if not referral.is_open:
        raise Conflict("This referral is over.")
    if referral.status is ReferralStatus.ON_HOLD:
        raise Conflict("This referral is on hold. Let it go on first.")
    if organization.retired_at is not None:
        raise Invalid(
            "This organization is not asked any more. Choose another.", field="organization"
        )
    if need not in organization.needs:
        raise Invalid("It does not help with that. Choose another.", field="organization")
    same = select(OrganizationAsk.id).where(
        OrganizationAsk.practice_id == referral.practice_id,
        OrganizationAsk.referral_id == referral.id,
        OrganizationAsk.organization_id == organization.id,
        OrganizationAsk.need == need,
        OrganizationAsk.status.in_(OPEN),
    )
    if db.session.scalar(same) is not None:
        raise Conflict("This organization is asked already. Renew its link instead.")


def create(
    referral: Referral,
    organization: CommunityOrganization,
    need: Need,
    consent: Consent,
    *,
    by: Actor,
    at: datetime,
) -> OrganizationAsk:
    """Ask; the link leaves the way the organization chose, where that can be."""
    check_can_ask(referral, organization, need)
    ask = OrganizationAsk(
        practice_id=referral.practice_id,
        referral_id=referral.id,
        patient_id=referral.patient_id,
        organization_id=organization.id,
        need=need,
        consent_id=consent.id,
        asked_at=at,
        asked_by_id=by.id if by.kind == "user" else None,
    )
    db.session.add(ask)
    db.session.flush()
    begin_work(referral, by=by, at=at)
    record(ask, "organization.asked", by=by, at=at, organization=organization.name,
           need=need.value, consent_id=str(consent.id))  # fmt: skip
    organization_clocks.wind(ask, at=at)
    send_link(ask, by=by, at=at)
    return ask


def send_link(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    """By text where they chose that and the gate lets it leave, else by e-mail; else it is printed."""
    if organization_numbers.can_text(ask.organization) and organization_texts.send(
        ask, by=by, at=at
    ):
        return
    if can_mail(ask.organization):
        _queue(ask, by=by, at=at)


def send_fresh(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    """Another link instead of one that waits to leave."""
    _take_back_waiting(ask, by=by, at=at)
    send_link(ask, by=by, at=at)


def way_of(organization: CommunityOrganization) -> str:
    """How a link leaves now: text, email, or paper."""
    if organization_numbers.can_text(organization):
        return "text"
    return "email" if can_mail(organization) else "paper"


def can_mail(organization: CommunityOrganization) -> bool:
    return mail.is_set_up() and bool(organization.email)


def renew(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    """Every link they have lives on, and a fresh one leaves by text or e-mail where that can be. Raises
    Conflict when there is none to renew, or when it is over."""
    ask.check_open()
    links = db.session.scalars(
        select(PartnerLink).where(
            PartnerLink.practice_id == ask.practice_id,
            PartnerLink.scope == LinkScope.ASK,
            PartnerLink.subject_id == ask.id,
            PartnerLink.revoked_at.is_(None),
        )
    ).all()
    if not links and way_of(ask.organization) == "paper":
        raise Conflict("There is no link yet. Print one.")
    for link in links:
        partner_links.extend(link, by=by, at=at)
    organization_clocks.wind(ask, at=at)
    if way_of(ask.organization) != "paper":
        send_fresh(ask, by=by, at=at)


def hand_over(ask: OrganizationAsk, *, by: Actor, at: datetime) -> str:
    """The address of a fresh link, for paper; it can't be shown again. Raises Conflict when it is over."""
    ask.check_open()
    _, address = partner_links.make(
        ask.practice_id, LinkScope.ASK, ask.id, by=by, at=at, patient_id=ask.patient_id
    )
    return address


def take_back(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    """The practice does not ask any more; the link opens nothing from now on."""
    ask.check_open()
    end(ask, "taken_back", by=by, at=at)


def end(ask: OrganizationAsk, why: str, *, by: Actor, at: datetime) -> None:
    """With its links, its waiting texts and the day it had set."""
    ask.move(ReferralStatus.CANCELLED, at=at)
    ask.ended_why = why
    close_door(ask, by=by, at=at)
    organization_visits.drop(ask, ENDED_WHY[why], by=by, at=at)
    organization_clocks.wind(ask, at=at)
    record(ask, "organization.ask_ended", by=by, at=at, organization=ask.organization.name, why=why)
    referral_onward.advance(ask.referral, at=at)


def close_door(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    """Its links, waiting texts and e-mails end."""
    _take_back_waiting(ask, by=by, at=at)
    partner_links.revoke_all(ask.practice_id, LinkScope.ASK, ask.id, by=by, at=at)


def _take_back_waiting(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    organization_texts.cancel_waiting(ask, by=by, at=at)
    mail.cancel_waiting(ask.practice_id, MailKind.ORGANIZATION_ASK, ask.id, at=at)


def _queue(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    mail.queue(
        ask.practice_id, MailKind.ORGANIZATION_ASK, ask.id, str(ask.organization.email),
        by=by, at=at, patient_id=ask.patient_id,
    )  # fmt: skip
