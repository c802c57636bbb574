"""The inbox's list: urgent words first, then who waits longest, with the last thing said in each thread. A
constant number of statements, however many threads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from app.access import seen, visible_conversations
from app.core.db import db
from app.models.community_organization import CommunityOrganization
from app.models.conversation import Conversation, ConversationKind
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.patient import Patient
from app.models.referral import Referrer
from app.models.viewer import Viewer
from app.queries.incoming_calls import unanswered_calls
from app.queries.last_words import last_messages
from app.queries.patient_search import has_word, words_of
from app.queries.team_routes import of_my_teams, why_theirs

PAGE = 40
MOST_PAGES = 10
VIEWS = {
    "waiting": "Waiting",
    "mine": "Mine",
    "teams": "My teams",
    "snoozed": "Snoozed",
    "intake": "Unknown",
    "offices": "Offices",
    "all": "All",
}
#: A snooze that only a new message ends.
UNTIL_THEY_WRITE = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A thread in the list, its newest message, and the newest call that waits for a call back."""

    conversation: Conversation
    last: Message | None
    call: IncomingCall | None = None
    #: Which team serves them, and why, where they have none of their own.
    served_by: str | None = None


@dataclass(frozen=True, slots=True)
class Inbox:
    view: str
    entries: list[Entry]
    counts: Mapping[str, int]
    has_more: bool


def inbox(viewer: Viewer, view: str, *, at: datetime, q: str = "", pages: int = 1) -> Inbox:
    """The first `pages` pages of one view, narrowed to people and offices whose name or number has `q`."""
    size = PAGE * min(max(pages, 1), MOST_PAGES)
    statement = visible_conversations(viewer).where(_in_view(view, viewer, at), _named(viewer, q))
    rows = list(
        db.session.scalars(
            statement.options(
                joinedload(Conversation.patient),
                joinedload(Conversation.phone_number),
                joinedload(Conversation.referrer),
                joinedload(Conversation.organization),
                joinedload(Conversation.owner),
            )
            .order_by(*_order(view))
            .limit(size + 1)
        )
    )
    shown = rows[:size]
    seen(viewer, [row.patient_id for row in shown if row.patient_id], through="inbox")
    last = last_messages(viewer, [row.id for row in shown])
    calls = unanswered_calls(viewer, shown)
    served = why_theirs(viewer, [row.patient_id for row in shown if row.patient_id])
    entries = [
        Entry(row, last.get(row.id), calls.get(row.id), served.get(row.patient_id or row.id))
        for row in shown
    ]
    return Inbox(view, entries, _counts(viewer, at), len(rows) > size)


def neighbours(listed: Inbox, conversation_id: UUID | None) -> tuple[UUID | None, UUID | None]:
    """The threads before and after this one in the list; with none open, the first comes next."""
    ids = [entry.conversation.id for entry in listed.entries]
    if conversation_id not in ids:
        return None, ids[0] if ids else None
    place = ids.index(conversation_id)
    return (ids[place - 1] if place else None), (ids[place + 1] if place + 1 < len(ids) else None)


def _in_view(view: str, viewer: Viewer, at: datetime) -> ColumnElement[bool]:
    awake = or_(Conversation.snoozed_until.is_(None), Conversation.snoozed_until <= at)
    live = Conversation.resolved_at.is_(None)
    if view == "mine":
        return and_(live, Conversation.owner_id == viewer.id, awake)
    if view == "teams":
        waits = and_(live, Conversation.waiting_since.is_not(None), awake)
        return and_(waits, Conversation.owner_id.is_(None), of_my_teams(viewer))
    if view == "snoozed":
        return and_(live, Conversation.snoozed_until > at)
    if view == "intake":
        return and_(live, Conversation.kind == ConversationKind.INTAKE)
    if view == "offices":
        return and_(live, Conversation.kind == ConversationKind.REFERRAL)
    if view == "all":
        return and_(live, Conversation.last_message_at.is_not(None))
    return and_(live, Conversation.waiting_since.is_not(None), awake)


def _order(view: str) -> tuple[Any, ...]:
    """Urgent words first, then who waits longest; what nobody waits for by its newest message."""
    if view == "all":
        return (Conversation.last_message_at.desc(), Conversation.id.desc())
    if view == "snoozed":
        return (Conversation.snoozed_until, Conversation.id)
    return (
        Conversation.urgent_since.is_(None),
        Conversation.waiting_since.is_(None),
        Conversation.waiting_since,
        Conversation.last_message_at.desc(),
        Conversation.id,
    )


def _named(viewer: Viewer, q: str) -> ColumnElement[bool]:
    words = words_of(q)
    if not words:
        return Conversation.practice_id == viewer.practice_id
    people = select(Patient.id).where(
        Patient.practice_id == viewer.practice_id, *(has_word(viewer, word) for word in words)
    )
    offices = select(Referrer.id).where(
        Referrer.practice_id == viewer.practice_id,
        *(Referrer.name.icontains(word, autoescape=True) for word in words),
    )
    organizations = select(CommunityOrganization.id).where(
        CommunityOrganization.practice_id == viewer.practice_id,
        *(CommunityOrganization.name.icontains(word, autoescape=True) for word in words),
    )
    return or_(
        Conversation.patient_id.in_(people),
        Conversation.referrer_id.in_(offices),
        Conversation.organization_id.in_(organizations),
    )


def _counts(viewer: Viewer, at: datetime) -> dict[str, int]:
    """How many threads each view holds, in one statement; "mine" and "offices" count those that wait."""
    waits = Conversation.waiting_since.is_not(None)
    parts = {
        view: _in_view(view, viewer, at)
        for view in ("waiting", "mine", "teams", "snoozed", "intake")
    }
    parts["offices"] = and_(_in_view("offices", viewer, at), waits)
    parts["mine"] = and_(parts["mine"], waits)
    statement = visible_conversations(viewer).with_only_columns(
        *(func.count().filter(part) for part in parts.values())
    )
    return dict(zip(parts, db.session.execute(statement).one(), strict=True))
