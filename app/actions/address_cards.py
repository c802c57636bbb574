"""The card of an office or organization whose e-mail address does not work: one at a time, on the referral
the e-mail was about or on one of theirs. It says what to do, and goes when another address is written."""

from datetime import datetime

from sqlalchemy import not_, select

from app.actions import tasks
from app.core.db import db
from app.models.community_organization import CommunityOrganization
from app.models.event import SYSTEM, Actor, record
from app.models.mail import Mail
from app.models.organization_ask import OrganizationAsk
from app.models.partner_merge import Partner
from app.models.referral import Referral, Referrer
from app.models.referral_state import OPEN
from app.models.task import OPEN_STATUSES, Needs, Task, TaskType

#: How the keys of organizations' cards begin.
_ORGANIZATIONS = "address-organization:"


def not_reached(
    office: Referrer | None, row: Mail, *, at: datetime, referral: Referral | None = None
) -> None:
    """An e-mail to the office was refused or came back: a card, unless one waits already. There is none
    for an office that never referred anybody."""
    if office is None:
        return
    record(office, "referrer.mail_failed", by=SYSTEM, at=at, mail_kind=row.kind.value)
    about = referral or _one_of(office)
    if about is None or open_card(office) is not None:
        return
    task = tasks.create(
        about.patient, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=at, referral=about, ask_first=False,
        about={"referrer": office.name}, source_key=f"address:{office.id}:{row.id}",
    )  # fmt: skip
    if task.is_open:
        task.need(Needs.FIX_ADDRESS, at=at)
        record(task, "task.address_due", by=SYSTEM, at=at)


def organization_not_reached(
    one: CommunityOrganization, row: Mail, *, at: datetime, ask: OrganizationAsk | None = None
) -> None:
    """The same of an organization, about an ask that is over or its day list: the next ask would not arrive
    either. There is no card for one that was never asked."""
    record(one, "organization.mail_failed", by=SYSTEM, at=at, mail_kind=row.kind.value)
    about = ask or _last_ask(one)
    if about is None or _card_of(one) is not None:
        return
    task = tasks.create(
        about.patient, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=at, referral=about.referral,
        ask_first=False, about={"community_organization": one.name},
        source_key=f"{_ORGANIZATIONS}{one.id}:{row.id}",
    )  # fmt: skip
    if task.is_open:
        task.need(Needs.FIX_ADDRESS, at=at)
        record(task, "task.address_due", by=SYSTEM, at=at)


def settle(partner: Partner, *, by: Actor, at: datetime) -> None:
    """Somebody wrote another address."""
    card = open_card(partner) if isinstance(partner, Referrer) else _card_of(partner)
    if card is not None:
        tasks.cancel(card, reason="Their e-mail address was changed", by=by, at=at)


def open_card(office: Referrer) -> Task | None:
    rows = (
        select(Task)
        .join(
            Referral,
            (Referral.practice_id == Task.practice_id) & (Referral.id == Task.referral_id),
        )
        .where(
            Task.practice_id == office.practice_id,
            Task.status.in_(OPEN_STATUSES),
            Task.needs == Needs.FIX_ADDRESS,
            Referral.referrer_id == office.id,
            not_(Task.source_key.startswith(_ORGANIZATIONS)),
        )
        .limit(1)
    )
    return db.session.scalars(rows).first()


def _card_of(one: CommunityOrganization) -> Task | None:
    rows = select(Task).where(
        Task.practice_id == one.practice_id,
        Task.status.in_(OPEN_STATUSES),
        Task.needs == Needs.FIX_ADDRESS,
        Task.source_key.startswith(f"{_ORGANIZATIONS}{one.id}:"),
    )
    return db.session.scalars(rows.limit(1)).first()


def _last_ask(one: CommunityOrganization) -> OrganizationAsk | None:
    rows = select(OrganizationAsk).where(
        OrganizationAsk.practice_id == one.practice_id, OrganizationAsk.organization_id == one.id
    )
    newest = rows.order_by(OrganizationAsk.asked_at.desc(), OrganizationAsk.id)
    return db.session.scalars(newest.limit(1)).first()


def _one_of(office: Referrer) -> Referral | None:
    """The newest of its referrals, those under way first."""
    rows = select(Referral).where(
        Referral.practice_id == office.practice_id, Referral.referrer_id == office.id
    )
    newest = rows.order_by(Referral.received_at.desc(), Referral.id).limit(1)
    return (
        db.session.scalars(newest.where(Referral.status.in_(OPEN))).first()
        or db.session.scalars(newest).first()
    )
