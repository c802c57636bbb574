"""Links that ran out before their work did: whether one goes on, and a fresh one to the address on record,
never to whoever holds the old one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from app.actions import mail, organization_asks, sharing
from app.core.db import db
from app.core.errors import Conflict
from app.models.community_organization import CommunityOrganization
from app.models.event import Actor, record
from app.models.mail import Mail, MailKind, MailStatus
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope, PartnerLink
from app.models.referral import Referral, Referrer

Subject = Referral | OrganizationAsk | Referrer | CommunityOrganization
_MODELS: dict[LinkScope, type[Subject]] = {
    LinkScope.REFERRAL: Referral,
    LinkScope.ASK: OrganizationAsk,
    LinkScope.OFFICE: Referrer,
    LinkScope.INTAKE: Referrer,
    LinkScope.DAY_LIST: CommunityOrganization,
}


class Standing(StrEnum):
    LIVE = "live"
    #: It ran out, and what is behind it goes on.
    RENEWABLE = "renewable"
    #: What is behind it came to its end.
    OVER = "over"
    #: Revoked, or about nothing that may be spoken of.
    DEAD = "dead"


def standing(link: PartnerLink, *, at: datetime) -> Standing:
    """What a link still opens."""
    subject = subject_of(link)
    if link.is_live(at=at):
        return Standing.LIVE
    if subject is None or link.revoked_at is not None:
        return Standing.DEAD
    return _behind(subject)


def standing_of_ask(ask: OrganizationAsk) -> Standing:
    """An ask behind a link that lives: nothing is said of one without consent, or taken back."""
    found = _behind(ask)
    return Standing.LIVE if found is Standing.RENEWABLE else found


def subject_of(link: PartnerLink) -> Subject | None:
    found = db.session.get(_MODELS[link.scope], (link.practice_id, link.subject_id))
    return found if isinstance(found, Subject) else None


def _behind(subject: Subject) -> Standing:
    if isinstance(subject, OrganizationAsk):
        if subject.ended_why is not None or not sharing.stands(subject):
            return Standing.DEAD
        return _going_on(subject.referral.is_open)
    if isinstance(subject, Referral):
        return _going_on(subject.is_open)
    retired = isinstance(subject, CommunityOrganization) and subject.retired_at is not None
    return Standing.DEAD if retired else Standing.RENEWABLE


def _going_on(is_open: bool) -> Standing:
    return Standing.RENEWABLE if is_open else Standing.OVER


def way(link: PartnerLink) -> str:
    """How a fresh one leaves: text, email, or paper when there is no address to send it to."""
    subject = subject_of(link)
    if isinstance(subject, OrganizationAsk):
        return organization_asks.way_of(subject.organization) if subject.is_open else "paper"
    return "email" if mail.is_set_up() and _address(subject) else "paper"


def _address(subject: Subject | None) -> str | None:
    if isinstance(subject, Referral):
        return subject.referrer.email if subject.referrer else None
    if isinstance(subject, Referrer | CommunityOrganization):
        return subject.email
    return None


def send_fresh(link: PartnerLink, *, by: Actor, at: datetime) -> str:
    """Send a fresh link to the address on record; asked for twice, one leaves. Returns the way.

    Raises Conflict when it lives, is over, or there is no address.
    """
    how, subject = way(link), subject_of(link)
    if standing(link, at=at) is not Standing.RENEWABLE or how == "paper":
        raise Conflict("A new link can't be sent from here. Call the practice.")
    if isinstance(subject, OrganizationAsk):
        organization_asks.send_fresh(subject, by=by, at=at)
    elif not _waits(link):
        patient_id = subject.patient_id if isinstance(subject, Referral) else None
        mail.queue(
            link.practice_id, MailKind.FRESH_LINK, link.id, str(_address(subject)),
            by=by, at=at, patient_id=patient_id,
        )  # fmt: skip
    record(link, "partner_link.asked_again", by=by, at=at, scope=link.scope.value, way=how)
    return how


def _waits(link: PartnerLink) -> bool:
    rows = select(Mail.id).where(
        Mail.practice_id == link.practice_id,
        Mail.kind == MailKind.FRESH_LINK,
        Mail.subject_id == link.id,
        Mail.status == MailStatus.WAITING,
    )
    return db.session.scalar(rows) is not None
