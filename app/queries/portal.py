"""What a patient reads in the portal: their own thread, what is under way for them, and every contact the
practice recorded. Starts from what this patient may see; a constant number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app import access
from app.core.db import db
from app.core.errors import NotFound
from app.models.appointment import Appointment
from app.models.media import Media
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.referral import Referral, Referrer
from app.models.referral_state import ReferralStatus
from app.models.task import OPEN_STATUSES, Task
from app.models.touchpoint import Touchpoint
from app.models.user import User
from app.models.viewer import Viewer
from app.queries.media import files_of
from messaging.delivery import MessageStatus
from messaging.gate import Purpose

PAGE = 50
#: What was said to the patient, whether or not it arrived as a text. Withheld and waiting is not said.
SAID = (
    MessageStatus.RECEIVED,
    MessageStatus.SENDING,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
    MessageStatus.FAILED,
    MessageStatus.IN_DOUBT,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the thread, who wrote it when it was a person of the practice, and its files."""

    message: Message
    author: User | None
    files: Sequence[Media] = ()

    @property
    def at(self) -> datetime:
        """When it was said: a text written at night is said in the morning."""
        return self.message.sent_at or self.message.created_at


def thread(
    viewer: Viewer, *, before: datetime | None = None, limit: int | None = PAGE
) -> list[Said]:
    """The newest `limit` messages (None = all), oldest first; `before` pages back.

    Sign-in links are left out, and what was said with a caregiver.
    """
    mine = _mine(viewer).outerjoin(
        User, and_(User.practice_id == Message.practice_id, User.id == Message.author_id)
    )
    if before is not None:
        mine = mine.where(Message.created_at < before)
    newest = mine.add_columns(User).order_by(Message.created_at.desc(), Message.id.desc())
    rows = db.session.execute(newest.limit(limit)).all()
    files = files_of(viewer, [message for message, _ in rows])
    return [Said(message, author, files.get(message.id, ())) for message, author in reversed(rows)]


def _mine(viewer: Viewer) -> Select[Message]:
    return access.visible_messages(viewer).where(
        Message.status.in_(SAID),
        Message.related_person_id.is_(None),
        or_(Message.direction == Direction.INBOUND, Message.purpose != Purpose.SIGN_IN.value),
    )


def open_tasks(viewer: Viewer) -> Sequence[Task]:
    """What is under way for this patient, what is due first."""
    return db.session.scalars(
        access.visible_tasks(viewer)
        .where(Task.status.in_(OPEN_STATUSES))
        .order_by(Task.due_at, Task.id)
        .limit(PAGE)
    ).all()


def owners(viewer: Viewer, tasks: Sequence[Task]) -> dict[UUID, User]:
    """The people who look after these tasks."""
    wanted = {task.owner_id for task in tasks if task.owner_id is not None}
    if not wanted:
        return {}
    rows = db.session.scalars(
        select(User).where(User.practice_id == viewer.practice_id, User.id.in_(wanted))
    )
    return {user.id: user for user in rows}


def appointments(viewer: Viewer, *, at: datetime) -> Sequence[Appointment]:
    """Booked appointments from today's on, the next one first."""
    mine = access.visible_patients(viewer).with_only_columns(Patient.id)
    return db.session.scalars(
        select(Appointment)
        .where(
            Appointment.practice_id == viewer.practice_id,
            Appointment.patient_id.in_(mine),
            Appointment.status == "booked",
            Appointment.starts_at > at - timedelta(hours=12),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(PAGE)
    ).all()


def appointment_for(viewer: Viewer, appointment_id: UUID, *, at: datetime) -> Appointment:
    """One of those. Raises NotFound."""
    found = [each for each in appointments(viewer, at=at) if each.id == appointment_id]
    if not found:
        raise NotFound
    return found[0]


@dataclass(frozen=True, slots=True)
class Sent:
    """A referral as its patient reads it: who sent it, and where it stands. Never why."""

    referral: Referral
    office: str | None

    @property
    def sender(self) -> str | None:
        return self.referral.referred_by or self.office


def referrals(viewer: Viewer) -> list[Sent]:
    """The patient's referrals, the newest first; one that was a mistake is nobody's."""
    mine = access.visible_patients(viewer).with_only_columns(Patient.id)
    rows = db.session.execute(
        select(Referral, Referrer.name)
        .outerjoin(
            Referrer,
            and_(Referrer.practice_id == Referral.practice_id, Referrer.id == Referral.referrer_id),
        )
        .where(
            Referral.practice_id == viewer.practice_id,
            Referral.patient_id.in_(mine),
            Referral.status != ReferralStatus.ENTERED_IN_ERROR,
        )
        .order_by(Referral.received_at.desc(), Referral.id.desc())
        .limit(PAGE)
    )
    return [Sent(referral, office) for referral, office in rows]


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as the ledger holds it now, and the member of staff, if it was one."""

    touchpoint: Touchpoint
    staff: User | None


def contacts(viewer: Viewer, *, limit: int | None = None) -> list[Contact]:
    """Every contact recorded about this patient, newest first; what was corrected or taken back is left
    out in favour of what stands."""
    later = aliased(Touchpoint)
    corrected = exists().where(
        later.practice_id == Touchpoint.practice_id, later.supersedes_id == Touchpoint.id
    )
    rows = db.session.execute(
        access.visible_touchpoints(viewer)
        .add_columns(User)
        .outerjoin(
            User, and_(User.practice_id == Touchpoint.practice_id, User.id == Touchpoint.actor_id)
        )
        .where(~corrected, Touchpoint.void_reason.is_(None))
        .order_by(Touchpoint.started_at.desc(), Touchpoint.id.desc())
        .limit(limit)
    )
    return [Contact(touchpoint, staff) for touchpoint, staff in rows]
