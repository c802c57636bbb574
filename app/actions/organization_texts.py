"""The text that brings a community organization its link: that a referral waits, and where; never whose. One
that does not arrive opens a card, and the link leaves by e-mail where that can be."""

from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import select

from app.actions import mail, messages, organization_answers, organization_numbers, partner_links
from app.core.db import db
from app.core.errors import Conflict
from app.core.ids import new_id, parse_id
from app.models.event import SYSTEM, Actor
from app.models.mail import MailKind
from app.models.message import PARTNER_LINK, Message
from app.models.organization_ask import OrganizationAsk
from app.models.partner_link import LinkScope
from app.models.practice import Practice
from messaging.delivery import MessageStatus
from messaging.gate import Purpose

#: A day or two of closed hours fit into it; later the link is renewed, or printed.
USEFUL = timedelta(days=4)


def send(ask: OrganizationAsk, *, by: Actor, at: datetime) -> bool:
    """Queue the text with a fresh link. False when the gate does not let it leave."""
    number = organization_numbers.number_of(ask.organization)
    practice = db.session.get_one(Practice, ask.practice_id)
    _, address = partner_links.make(
        ask.practice_id, LinkScope.ASK, ask.id, by=by, at=at, patient_id=ask.patient_id
    )
    draft = messages.Draft(
        practice_id=ask.practice_id,
        body=f"{practice.name}: a referral waits for your organization. See it and answer: {address} "
        "Reply STOP to end texts.",
        purpose=Purpose.REFERRAL,
        send_key=f"{PARTNER_LINK}{ask.id}:{new_id()}",
        phone_number=number,
        language="en",
        is_automated=True,
        repeatable=False,  # a link is never sent twice on a guess
        not_after=at + USEFUL,
    )
    return messages.queue(draft, by=by, at=at).status is not MessageStatus.WITHHELD


def cancel_waiting(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    """Take back what has not left."""
    rows = db.session.scalars(
        select(Message).where(
            Message.practice_id == ask.practice_id,
            Message.send_key.startswith(f"{PARTNER_LINK}{ask.id}:", autoescape=True),
            Message.status == MessageStatus.QUEUED,
        )
    )
    for row in rows.all():
        with suppress(Conflict):  # it is leaving: its link ends anyway
            messages.cancel(row, by=by, at=at)


def lost(message: Message, *, at: datetime) -> None:
    """It did not arrive: a card, and the link by e-mail where they have an address."""
    ask_id = parse_id(message.send_key.removeprefix(PARTNER_LINK).partition(":")[0])
    ask = db.session.get(OrganizationAsk, (message.practice_id, ask_id)) if ask_id else None
    if ask is None or not ask.is_open:
        return
    organization_answers.not_reached(ask, by_text=True, at=at)
    if mail.is_set_up() and ask.organization.email:
        mail.cancel_waiting(ask.practice_id, MailKind.ORGANIZATION_ASK, ask.id, at=at)
        mail.queue(ask.practice_id, MailKind.ORGANIZATION_ASK, ask.id, ask.organization.email,
                   by=SYSTEM, at=at, patient_id=ask.patient_id)  # fmt: skip
