"""Messages given to the wrong person, for the tests that set them right."""

from datetime import timedelta

from app.actions import (
    misfiled,
)
from app.core.db import db, transaction
from app.models.message import Message
from app.models.patient import Patient
from app.models.task import Task, TaskType
from app.models.touchpoint import Touchpoint
from tests.phones import Phones
from tests.task_records import texts

MEDICINE, VISIT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT
REFERRAL = TaskType.REFERRAL_FOLLOW_UP
CARD = (
    "status", "needs", "needs_since", "step", "occurrence", "next_step_at", "barrier", "priority",
    "connected_at", "outcome", "evidence", "completed_at", "from_shared_phone", "overdue_since",
)  # fmt: skip


def card(task: Task) -> dict[str, object]:
    """Where a task stands, all of it."""
    db.session.refresh(task)
    return {name: getattr(task, name) for name in CARD}


def heard(phones: Phones, who: Patient, body: str) -> Message:
    phones.clock.advance(minutes=30)
    message = phones.text(who, body)
    assert message is not None
    return message


def give(phones: Phones, message: Message, patient: Patient, *, chosen: str = "") -> bool:
    phones.clock.advance(minutes=30)
    with transaction():
        db.session.add(message)
        by = phones.world.viewer(phones.world.lea).actor
        return misfiled.refile(message, patient, by=by, at=phones.clock.now, chosen=chosen)


def counting(message: Message) -> list[Touchpoint]:
    """The ledger's rows of a message that nothing has taken back."""
    rows = misfiled.ledger_rows(message)
    taken = {row.supersedes_id for row in rows}
    return [row for row in rows if row.supersedes_id is None and row.id not in taken]


def two_tasks(phones: Phones, patient: Patient) -> tuple[Task, Task]:
    """The patient has been asked about a medicine yesterday and about a visit today, as before the rule that
    they are asked one thing at a time."""
    medicine = phones.ask(patient, MEDICINE)
    with transaction():
        db.session.merge(medicine).stop_ladder()
    phones.clock.advance(days=1, hours=1)
    happened = (phones.clock.now - timedelta(days=2)).isoformat()
    visit = phones.ask(patient, VISIT, about={"happens_at": happened})
    let_both_stand(medicine)
    return medicine, visit


def let_both_stand(older: Task) -> None:
    """The older question is not set aside by the newer one."""
    with transaction():
        for text in texts(older):
            text.asked = {k: v for k, v in (text.asked or {}).items() if k != "aside_since"}
