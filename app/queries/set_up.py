"""How far a practice's set-up has come, read from what is there: nothing is ticked by hand, so leaving and
coming back, or doing a step elsewhere in the settings, is all the same."""

from dataclasses import dataclass

from sqlalchemy import exists, select

from app.access import visible_users
from app.core.db import db
from app.models.care_team import CareTeam
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import Line, Practice
from app.models.user import Role, User
from app.models.viewer import Viewer

#: In the order they are asked.
STEPS = ("practice", "hours", "line", "team", "navigator", "text")


@dataclass(frozen=True, slots=True)
class Progress:
    """Which steps have what they are for."""

    done: frozenset[str]

    @property
    def next_step(self) -> str | None:
        return next((step for step in STEPS if step not in self.done), None)


def progress(viewer: Viewer, practice: Practice, *, mrn: str) -> Progress:
    """One statement."""
    key = viewer.practice_id
    oneself = select(Patient.id).where(Patient.practice_id == key, Patient.mrn == mrn)
    found = {
        "line": exists().where(Line.practice_id == key, Line.is_active),
        "team": exists().where(CareTeam.practice_id == key),
        "navigator": exists(visible_users(viewer).where(User.role == Role.NAVIGATOR)),
        "text": exists().where(
            Message.practice_id == key,
            Message.patient_id.in_(oneself),
            Message.sent_at.is_not(None),
        ),
    }
    row = db.session.execute(select(*(each.label(name) for name, each in found.items()))).one()
    done = {name for name in found if getattr(row, name)} | {"practice"}
    return Progress(frozenset(done | ({"hours"} if practice.hours else set())))


def own_texts(viewer: Viewer, *, mrn: str) -> list[Message]:
    """The texts to oneself and what came back, newest first; at most six."""
    oneself = select(Patient.id).where(
        Patient.practice_id == viewer.practice_id, Patient.mrn == mrn
    )
    rows = select(Message).where(
        Message.practice_id == viewer.practice_id, Message.patient_id.in_(oneself)
    )
    return list(db.session.scalars(rows.order_by(Message.created_at.desc(), Message.id).limit(6)))
