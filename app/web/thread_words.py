"""What staff read about a message or an event: where a text stands and why, what the rules understood of an
answer, and what happened, each in one plain sentence."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Flask

from app.core.ids import parse_id
from app.models.event import Event
from app.models.message import Message
from app.web.event_words import EVENTS, REASONS
from app.web.words import word
from messaging.delivery import MessageStatus
from messaging.delivery_errors import policy_for
from messaging.gate import Verdict, explain

_STATES = {
    MessageStatus.SENDING: "Being handed to the carrier",
    MessageStatus.SENT: "Sent",
    MessageStatus.DELIVERED: "Delivered",
    MessageStatus.CANCELLED: "Taken back, not sent",
    MessageStatus.EXPIRED: "Too late to be of use, not sent",
    MessageStatus.IN_DOUBT: "Nobody can say yet whether it left",
    MessageStatus.RECEIVED: "Received",
}
_UNDERSTOOD = {
    "stop": "Understood as STOP: no more texts to this number",
    "start": "Understood as START: texts are welcome again",
    "help": "Understood as HELP: answered by itself",
    "join": "Understood as a wish to join",
    "near_stop": "May mean STOP, or a wrong number: automatic texts are paused until you decide",
    "which_task": "Could answer more than one question: we asked which",
    "clarified": "Said which question was meant",
    "confirmed": "Told us in the portal before we asked",
    "repeated": "The same answer again",
    "contradicted": "Says something else than before: please read it",
    "late": "Came after the question was closed: please read it",
    "unclear": "No rule understood this: please read it",
    "who_said": "Said whose message it was",
    "who_is_this": "Several people share this number: who is it?",
    "held": "Held until the carrier confirms it",
    "refused": "The carrier does not know this message",
}
#: The last word about texts that no longer move.
_TROUBLE = (MessageStatus.FAILED, MessageStatus.WITHHELD, MessageStatus.IN_DOUBT)
_SUGGESTED = {
    "theirs": "This number is theirs",
    "caregiver": "This number is the phone of {}, their caregiver",
    "name": "Their name stands in the message",
    "referred": "{} referred them with this number",
    "birth_date": "Their birth date stands in the message",
    "once": "This number was theirs once",
    "first_name": "Their first name stands in the message",
    "not_theirs": "Somebody said of this number that it is not theirs",
}


def register(app: Flask) -> None:
    app.add_template_filter(explain, "explained")
    for filter_ in (
        state_words, state_icon, is_trouble, understood_words, verdict_of, event_words,
        suggestion_words,
    ):  # fmt: skip
        app.add_template_filter(filter_)


def state_words(message: Message) -> str:
    """Where an outgoing message stands, without the time."""
    if message.status is MessageStatus.FAILED:
        return f"Not delivered. {policy_for(message.error_code).person_text}"
    if message.status is MessageStatus.WITHHELD:
        verdict = verdict_of(message)
        return explain(verdict) if verdict else "Not sent"
    if message.status is MessageStatus.QUEUED:
        verdict = verdict_of(message)
        waits = verdict is not None and verdict.until is not None
        return explain(verdict) if verdict and waits else "On its way out"
    return _STATES[message.status]


def state_icon(message: Message) -> str:
    icons = {
        MessageStatus.DELIVERED: "checks",
        MessageStatus.SENT: "check",
        MessageStatus.QUEUED: "clock",
        MessageStatus.SENDING: "clock",
        MessageStatus.CANCELLED: "arrow-back-up",
    }
    return icons.get(message.status, "alert-circle")


def is_trouble(message: Message) -> bool:
    return message.status in _TROUBLE


def understood_words(message: Message) -> str:
    """What the rules made of an answer; "" when there was nothing to understand."""
    known = message.understood or {}
    kind, key = str(known.get("kind", "")), known.get("key")
    if kind == "answer":
        return f"Understood as “{str(key).replace('_', ' ')}”"
    if kind == "clarified" and key:
        return f"Said which question was meant, so it counts as “{str(key).replace('_', ' ')}”"
    if kind == "confirmed" and "taken_back" in known:
        return "Told us in the portal before we asked, and took it back"
    if known.get("reason") == "misidentified":
        return "Not the person it was filed with: who is it?"
    return _UNDERSTOOD.get(kind, "")


def suggestion_words(why: tuple[str, str]) -> str:
    """Why somebody may be the unknown writer."""
    kind, detail = why
    if kind == "once" and detail:
        return f"This number was once the phone of {detail}, their caregiver"
    return _SUGGESTED[kind].format(detail)


def verdict_of(message: Message) -> Verdict | None:
    """The gate's last word about the message."""
    return Verdict.from_json(message.verdict) if message.verdict else None


def event_words(event: Event, names: Mapping[UUID, str]) -> str:
    """What happened and who did it, in one sentence."""
    said: str | Callable[[Mapping[str, Any]], str] | None = EVENTS.get(event.kind)
    facts = {**event.facts, **_named(event.facts, names)}
    text = said(facts) if callable(said) else said
    if text is None:
        noun, _, verb = event.kind.replace("_", " ").partition(".")
        known = word(event.kind, "event").lower()
        text = (
            f"{noun} {verb}".capitalize()
            if known == event.kind
            else f"{noun.capitalize()}: {known}"
        )
    by = names.get(event.actor_id) if event.actor_kind == "user" and event.actor_id else None
    return f"{text}, by {by}" if by else text


def _named(facts: Mapping[str, Any], names: Mapping[UUID, str]) -> dict[str, str]:
    """Names for ids, words for codes."""
    owner = parse_id(str(facts.get("owner_id") or ""))
    reason = str(facts.get("reason") or facts.get("why") or "")
    return {
        "owner": names.get(owner, "a colleague") if owner else "",
        "reason_words": REASONS.get(reason, reason.replace("_", " ")),
    }
