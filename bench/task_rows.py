"""Tasks in bulk for measurements, as rows: a fifth of them with the practice that is looked at, a quarter of
them open, due from a month ago to a month ahead, ten owners."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, text, update

from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.protocol import Protocol
from app.models.task import Task, TaskStatus, TaskType
from app.models.user import Role, User

CHUNK = 5_000
OPEN_SHARE = 0.25
BIG_SHARE = 0.2


def fill(count: int, *, seed: int = 7) -> UUID:
    """Write `count` tasks; returns the practice that holds a fifth of them."""
    practices = list(db.session.scalars(select(Practice.id).order_by(Practice.slug)))
    cast = {practice: _cast(practice) for practice in practices}
    rows = _rows(count, practices, cast, Random(seed))
    while chunk := list(islice(rows, CHUNK)):
        with transaction():
            db.session.execute(insert(Task), chunk)
        db.session.expunge_all()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE task"))
    else:
        with transaction():
            db.session.execute(text("ANALYZE"))
    return practices[0]


def make_due(practice: UUID, count: int, *, at: datetime) -> int:
    """Exactly `count` tasks are due and nobody has been told; the others have been seen to."""
    with transaction():
        db.session.execute(
            update(Task).where(Task.overdue_since.is_(None)).values(overdue_since=at)
        )
        some = select(Task.id).where(Task.practice_id == practice, Task.status == "in_progress")
        chosen = some.order_by(Task.id).limit(count).scalar_subquery()
        done = db.session.execute(
            update(Task).where(Task.practice_id == practice, Task.id.in_(chosen))
            .values(overdue_since=None, escalated_at=None, needs=None, next_step_at=None,
                    due_at=at - timedelta(minutes=1))
        )  # fmt: skip
    db.session.expunge_all()
    return int(done.rowcount)  # type: ignore[attr-defined]


def open_tasks(practice: UUID) -> int:
    found = (
        select(func.count())
        .select_from(Task)
        .where(Task.practice_id == practice, Task.completed_at.is_(None))
    )
    return int(db.session.scalar(found) or 0)


def _cast(practice: UUID) -> dict[str, list[Any]]:
    patients = db.session.execute(
        select(Patient.id, Patient.care_team_id).where(Patient.practice_id == practice)
    ).all()
    protocol = select(Protocol.id).where(
        Protocol.practice_id == practice, Protocol.task_type == TaskType.MEDICATION_RECEIVED
    )
    return {"patients": list(patients), "protocols": list(db.session.scalars(protocol)),
            "owners": [None, *_owners(practice)]}  # fmt: skip


def _owners(practice: UUID) -> list[UUID]:
    from app.models.user import SignIn

    made: list[UUID] = []
    with transaction():
        for n in range(10):
            now = datetime.now(UTC)
            email = f"{new_id()}@bench.example.org"
            sign_in = SignIn(id=new_id(), email=email, password_hash="none", failed_tries=0,
                             created_at=now)  # fmt: skip
            db.session.add(sign_in)
            db.session.flush()
            user = User(practice_id=practice, sign_in_id=sign_in.id, name=f"Lead {n}",
                        role=Role.LEAD, languages=["en"], created_at=now)  # fmt: skip
            db.session.add(user)
            made.append(user.id)
    return made


def _rows(
    count: int, practices: list[UUID], cast: dict[UUID, dict[str, list[Any]]], dice: Random
) -> Iterator[dict[str, Any]]:
    now = datetime.now(UTC)
    for _ in range(count):
        practice = practices[0] if dice.random() < BIG_SHARE else dice.choice(practices[1:])
        here, is_open = cast[practice], dice.random() < OPEN_SHARE
        patient_id, team_id = dice.choice(here["patients"])
        due_at = now + timedelta(minutes=dice.randint(-43_200, 43_200))
        late = due_at <= now
        yield {
            "practice_id": practice, "id": new_id(), "type": TaskType.MEDICATION_RECEIVED,
            "status": TaskStatus.IN_PROGRESS if is_open else TaskStatus.COMPLETED,
            "priority": "routine", "patient_id": patient_id, "care_team_id": team_id,
            "owner_id": dice.choice(here["owners"]), "about": {}, "due_on": due_at.date(),
            "due_zone": "UTC", "due_rule": "given", "due_at": due_at, "received_at": now,
            "protocol_id": here["protocols"][0], "step": 0, "occurrence": 0,
            "overdue_since": due_at if late else None, "from_shared_phone": False,
            "was_late": False, "created_at": now, "updated_at": now,
            "completed_at": None if is_open else now - timedelta(days=dice.randint(0, 300)),
        }  # fmt: skip
