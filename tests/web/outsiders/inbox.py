"""Threads: Rosa's is invisible to another team and another practice; intake to another practice."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, select

from app.actions import (
    conversations,
    inbound,
    incoming_calls,
    messages,
    misfiled,
    misfiled_calls,
    queued_texts,
    refiling,
)
from app.core.clock import db_now
from app.core.crypto import digest
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.event import Event
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient
from messaging.calls import CallIn
from messaging.carriers.base import Incoming
from messaging.delivery import MessageStatus
from tests.phones import new_sid
from tests.web.outsider_cases import record, roles, staff
from tests.world import World


def hear(world: World, sender: str, body: str) -> Message:
    incoming = Incoming(
        sender=sender, recipient=world.line.number, body=body, provider_id=new_sid(), account_sid=""
    )
    with transaction():
        heard = inbound.receive(world.line, incoming, at=db_now())
    assert heard is not None
    return heard


def make_inbound(world: World) -> UUID:
    return hear(world, world.phone(world.rosa), "Can you call me?").id


def make_thread(world: World) -> UUID:
    """Rosa's thread, waiting for an answer."""
    return hear(world, world.phone(world.rosa), "Can you call me?").conversation_id


def make_settled(world: World) -> UUID:
    thread_id = make_thread(world)
    with transaction():
        thread = db.session.get_one(Conversation, (world.practice.id, thread_id))
        conversations.settle(thread, by=world.system.actor, at=db_now())
    return thread_id


def make_queued(world: World) -> UUID:
    thread_id = make_thread(world)
    with transaction():
        thread = db.session.get_one(Conversation, (world.practice.id, thread_id))
        later = db_now() + timedelta(days=1)
        return messages.reply(
            thread, channel="sms", body="See you", by=world.viewer(world.ana), at=db_now(), send_after=later
        ).id  # fmt: skip


def make_taken_back(world: World) -> UUID:
    message_id = make_queued(world)
    with transaction():
        message = db.session.get_one(Message, (world.practice.id, message_id))
        queued_texts.take_back(message, by=world.viewer(world.ana).actor, at=db_now())
    return message_id


def make_intake(world: World) -> UUID:
    return hear(world, "+15035550199", "Is this the clinic?").conversation_id


def make_lost(world: World) -> UUID:
    """A text to Rosa that did not arrive."""
    thread_id = make_thread(world)
    with transaction():
        thread = db.session.get_one(Conversation, (world.practice.id, thread_id))
        message = messages.reply(
            thread, channel="sms", body="See you", by=world.viewer(world.ana), at=db_now()
        )
        message.move(MessageStatus.FAILED, at=db_now())
    return message.id


def make_held(world: World) -> UUID:
    incoming = Incoming(
        sender=world.phone(world.rosa), recipient=world.line.number, body="STOP",
        provider_id=new_sid(), account_sid="", unknown_keys=("Odd",),
    )  # fmt: skip
    with transaction():
        message = inbound.receive(world.line, incoming, at=db_now())
    assert message is not None
    return message.id


def make_call(world: World, who: Patient | None = None) -> UUID:
    call = CallIn(
        provider_id=f"CA{secrets.token_hex(16)}",
        caller=world.phone(who or world.rosa), called=world.line.number,
    )  # fmt: skip
    with transaction():
        return incoming_calls.receive(world.line, call, at=db_now()).id


def make_moved(world: World) -> UUID:
    """A message of Rosa's that stood with Sam before."""
    message = hear(world, world.phone(world.sam), "For Rosa")
    with transaction():
        misfiled.refile(db.session.merge(message), world.rosa, by=world.system.actor, at=db_now())
    return message.id


def make_moved_call(world: World) -> UUID:
    call_id = make_call(world, world.sam)
    with transaction():
        call = db.session.get_one(IncomingCall, (world.practice.id, call_id))
        misfiled_calls.refile(call, world.rosa, by=world.system.actor, at=db_now())
    return call_id


def make_identified(world: World) -> UUID:
    """The event that gave an unknown number Rosa's name."""
    message = hear(world, "+15035550178", "Hello")
    with transaction():
        intake = db.session.get_one(Conversation, (world.practice.id, message.conversation_id))
        refiling.resolve_intake(intake, world.rosa, by=world.system.actor, at=db_now())
    return db.session.scalars(_resolved(world)).one().id


def find_identified(world: World) -> UUID:
    """Its intake."""
    return db.session.scalars(_resolved(world)).one().subject_id


def _resolved(world: World) -> Select[Event]:
    return select(Event).where(
        Event.practice_id == world.practice.id, Event.kind == "conversation.resolved"
    )


RECORDS = {
    "identified": make_identified,
    "identified_intake": find_identified,
    "rang": make_call,
    "moved": make_moved,
    "moved_call": make_moved_call,
    "held_text": make_held,
    "lost": make_lost,
    "thread": make_thread,
    "settled": make_settled,
    "queued": make_queued,
    "taken_back": make_taken_back,
    "seen": lambda _world: digest("See you"),  # type: ignore[dict-item]
    "inbound": make_inbound,
    "intake": make_intake,
    "sam": lambda world: world.sam.id,
}
SOON = {"until": "reply"}
SEEN = "@seen"

CASES = {
    "inbox.page": staff(),
    "inbox.fragment": staff(),
    "inbox.one": record(conversation_id="thread"),
    "inbox.messages": record(conversation_id="thread"),
    "conversations.check": record(conversation_id="thread", data={"body": "Hi", "channel": "sms"}),
    "conversations.reply": record(conversation_id="thread", data={"body": "Hi", "channel": "sms"}),
    "conversations.take_back": record(message_id="queued"),
    "message_story.page": record(message_id="queued"),
    "message_story.label": record(message_id="queued", data={"sensitivity": "part2"}),
    "held.index": staff(),
    "held.ask_again": roles("lea", message_id="held_text"),
    "undelivered.index": staff(),
    "undelivered.mark": staff(),
    "undelivered.retry": record(message_id="lost"),
    "undelivered.deal_with": record(message_id="lost"),
    "undelivered.take_back": record(message_id="lost"),
    "queued_texts.page": record(message_id="queued"),
    "queued_texts.check": record(message_id="queued", data={"body": "See you"}),
    "queued_texts.update": record(message_id="queued", data={"body": "See you", "seen": SEEN}),
    "queued_texts.put_back": record(message_id="taken_back"),
    "conversations.note": record(conversation_id="thread", data={"body": "Call at noon"}),
    "conversations.assign": record(conversation_id="thread", data={"owner_id": ""}),
    "conversations.snooze": record(conversation_id="thread", data=SOON),
    "conversations.wake": record(conversation_id="thread"),
    "conversations.settle": record(conversation_id="thread"),
    "conversations.unsettle": record(conversation_id="settled"),
    "conversations.people": record(conversation_id="intake", outsiders=("cara",)),
    "conversations.resolve": record(
        conversation_id="intake", outsiders=("cara",), data={"patient_id": "@patient"}
    ),
    "identifications.page": record(event_id="identified", conversation_id="identified_intake"),
    "identifications.delete": record(event_id="identified", conversation_id="identified_intake"),
    "refilings.page": record(message_id="inbound"),
    "refilings.create": record(message_id="inbound", data={"patient_id": "@sam"}),
    "refilings.delete": record(message_id="moved"),
    "refilings.call_page": record(call_id="rang"),
    "refilings.create_call": record(call_id="rang", data={"patient_id": "@sam"}),
    "refilings.delete_call": record(call_id="moved_call"),
    "conversations.open_thread": record(patient_id="patient"),
}
