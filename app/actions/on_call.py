"""Naming who is on call, and handing them a thread with urgent words, by e-mail too."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import select

from app import access
from app.actions import conversations, mail
from app.core.columns import Row
from app.core.db import db
from app.core.errors import Invalid
from app.models.conversation import Conversation
from app.models.event import SYSTEM, Actor, record
from app.models.mail import MailKind
from app.models.on_call import OnCall
from app.models.practice import Practice
from app.models.user import Role, SignIn, User
from app.models.viewer import user_viewer


def name(practice: Practice, user: User | None, *, by: Actor, at: datetime) -> None:
    """Put somebody on call, or nobody. Raises Invalid for who does not work with patients."""
    if user is not None and not user.may_own_work:
        raise Invalid("Choose somebody who works with patients.", field="on_call")
    row = db.session.get(OnCall, practice.id)
    before = row.user_id if row is not None else None
    if before == (user.id if user is not None else None):
        return
    if user is None:
        db.session.delete(row)
    elif row is None:
        db.session.add(OnCall(practice_id=practice.id, user_id=user.id, since=at))
    else:
        row.user_id, row.since = user.id, at
    record(cast(Row, practice), "practice.changed", by=by, at=at,
           before={"on_call": str(before) if before else None},
           after={"on_call": str(user.id) if user is not None else None})  # fmt: skip


def hand_over(thread: Conversation, *, is_new: bool, at: datetime) -> None:
    """The thread is theirs, whoever had it before, if they may see it at all; who is on call but may not, or
    has left, leaves it to the leads. Nobody sits before the inbox at night: when the urgency `is_new`, an
    e-mail without a word of it goes to them."""
    user = db.session.scalars(
        select(User)
        .join(OnCall, (OnCall.practice_id == User.practice_id) & (OnCall.user_id == User.id))
        .where(User.practice_id == thread.practice_id)
    ).one_or_none()
    if user is None:
        return
    if user.is_active and _sees(user, thread):
        conversations.assign(thread, user, by=SYSTEM, at=at)
        told: Sequence[User] = [user]
    else:
        told = _leads(thread.practice_id)
    if is_new and mail.is_set_up():
        for each in told:
            address = db.session.get_one(SignIn, each.sign_in_id).email
            mail.queue(thread.practice_id, MailKind.ON_CALL, thread.id, address, by=SYSTEM, at=at,
                       patient_id=thread.patient_id)  # fmt: skip


def _sees(user: User, thread: Conversation) -> bool:
    mine = access.visible_conversations(user_viewer(user)).where(Conversation.id == thread.id)
    return db.session.scalar(mine.with_only_columns(Conversation.id)) is not None


def _leads(practice_id: UUID) -> Sequence[User]:
    rows = select(User).where(
        User.practice_id == practice_id, User.is_active, User.role == Role.LEAD
    )
    return db.session.scalars(rows.order_by(User.id)).all()
