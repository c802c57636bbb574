"""A referring office's thread for staff: what in it is about which referral, and which ones it could be."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import case
from sqlalchemy.orm import joinedload

from app.access import message_for, seen, visible_conversations, visible_referrals
from app.core.db import db
from app.models.conversation import Conversation, ConversationKind
from app.models.incoming_call import IncomingCall
from app.models.message import Message
from app.models.referral import Referral, Referrer
from app.models.referral_intake import ReferralNote
from app.models.referral_state import OPEN
from app.models.viewer import Viewer
from app.queries.incoming_calls import call_for

MOST = 50
#: Kinds of what an office did, as they stand in addresses.
ITEMS = ("messages", "calls")


def item_for(viewer: Viewer, kind: str, item_id: UUID) -> Message | IncomingCall:
    """A text or a call of a thread the viewer sees. Raises NotFound."""
    return message_for(viewer, item_id) if kind == "messages" else call_for(viewer, item_id)


def tied(viewer: Viewer, conversation: Conversation) -> Mapping[UUID, Referral]:
    """Text or call of an office's thread → the referral it is about, where the viewer sees that one."""
    if conversation.referrer_id is None:
        return {}
    rows = db.session.execute(
        visible_referrals(viewer)
        .add_columns(ReferralNote.message_id, ReferralNote.call_id)
        .join(
            ReferralNote,
            (ReferralNote.practice_id == Referral.practice_id)
            & (ReferralNote.referral_id == Referral.id),
        )
        .where(
            Referral.referrer_id == conversation.referrer_id, ReferralNote.withdrawn_at.is_(None)
        )
        .options(joinedload(Referral.patient))
        .order_by(ReferralNote.at.desc())
        .limit(500)
    )
    found = {
        item_id: referral
        for referral, message_id, call_id in rows
        if (item_id := message_id or call_id) is not None
    }
    seen(viewer, {each.patient_id for each in found.values()}, through="office")
    return found


def referrals_of(viewer: Viewer, office_id: UUID | None) -> Sequence[Referral]:
    """The office's referrals the viewer sees: those under way first, then the newest."""
    if office_id is None:
        return []
    rows = (
        visible_referrals(viewer)
        .where(Referral.referrer_id == office_id)
        .options(joinedload(Referral.patient))
        .order_by(case((Referral.status.in_(OPEN), 0), else_=1), Referral.received_at.desc())
        .limit(MOST)
    )
    found = list(db.session.scalars(rows))
    seen(viewer, [each.patient_id for each in found], through="office")
    return found


def thread_of(viewer: Viewer, office: Referrer) -> Conversation | None:
    rows = visible_conversations(viewer).where(
        Conversation.kind == ConversationKind.REFERRAL, Conversation.referrer_id == office.id
    )
    return db.session.scalars(rows).one_or_none()
