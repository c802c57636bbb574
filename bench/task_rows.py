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


#: One practice's tasks, written by the database itself. Nothing of it is looked at row by row, so
#: neither keys nor the search's triggers run (`session_replication_role`).
_SERIES = text("""
INSERT INTO task (
    practice_id, id, type, status, priority, patient_id, care_team_id, owner_id, about, due_on, due_zone,
    due_rule, due_at, received_at, protocol_id, step, occurrence, overdue_since, from_shared_phone, was_late,
    created_at, updated_at, completed_at)
SELECT :practice, gen_random_uuid(), 'medication_received',
    CASE WHEN is_open THEN 'in_progress' ELSE 'completed' END, 'routine',
    (CAST(:patients AS uuid[]))[who], (CAST(:teams AS uuid[]))[who], (CAST(:owners AS uuid[]))[whose],
    '{}', due_at::date, 'UTC', 'given', due_at, :now, :protocol, 0, 0,
    CASE WHEN due_at <= :now THEN due_at END, false, false, :now, :now,
    CASE WHEN is_open THEN NULL ELSE :now - random() * interval '300 days' END
FROM (
    SELECT random() < :open AS is_open, 1 + floor(random() * :people)::int AS who,
        1 + floor(random() * :hands)::int AS whose,
        CAST(:now AS timestamptz) + floor(random() * 86400 - 43200) * interval '1 minute' AS due_at
    FROM generate_series(1, :many)) AS drawn
""")


def fill(count: int, *, seed: int = 7) -> UUID:
    """Write `count` tasks; returns the practice that holds a fifth of them."""
    practices = list(db.session.scalars(select(Practice.id).order_by(Practice.slug)))
    cast = {practice: _cast(practice) for practice in practices}
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        _fill_as_series(count, practices, cast, seed)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE task"))
        return practices[0]
    rows = _rows(count, practices, cast, Random(seed))
    while chunk := list(islice(rows, CHUNK)):
        with transaction():
            db.session.execute(insert(Task.__table__), chunk)  # type: ignore[arg-type]
    with transaction():
        db.session.execute(text("ANALYZE"))
    return practices[0]


def _fill_as_series(
    count: int, practices: list[UUID], cast: dict[UUID, dict[str, list[Any]]], seed: int
) -> None:
    big = round(count * BIG_SHARE)
    each, left = divmod(count - big, len(practices) - 1)
    sizes = [big, *(each + (n < left) for n in range(len(practices) - 1))]
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SELECT setseed(:seed)"), {"seed": seed / 100})
        for practice, many in zip(practices, sizes, strict=True):
            here = cast[practice]
            patients, teams = zip(*here["patients"], strict=True)
            connection.execute(_SERIES, {
                "practice": practice, "patients": list(patients), "teams": list(teams),
                "owners": here["owners"], "protocol": here["protocols"][0], "open": OPEN_SHARE,
                "people": len(patients), "hands": len(here["owners"]), "many": many,
                "now": datetime.now(UTC),
            })  # fmt: skip


def quiet(practice: UUID, *, at: datetime) -> list[UUID]:
    """Everything was seen to: nothing is due. Open tasks of the practice, in the order of their ids."""
    with transaction():
        db.session.execute(
            update(Task).where(Task.overdue_since.is_(None)).values(overdue_since=at)
        )
    mine = select(Task.id).where(Task.practice_id == practice, Task.status == "in_progress")
    found = list(db.session.scalars(mine.order_by(Task.id)))
    db.session.rollback()
    db.session.expunge_all()
    return found


def schedule(practice: UUID, keys: list[UUID], due_at: datetime) -> int:
    """These tasks' deadlines are set to `due_at`, and nobody has been told: one statement."""
    with transaction():
        done = db.session.execute(
            update(Task)
            .where(Task.practice_id == practice, Task.id.in_(keys))
            .values(overdue_since=None, escalated_at=None, needs=None, next_step_at=None, due_at=due_at),
            execution_options={"synchronize_session": False},
        )  # fmt: skip
    db.session.expunge_all()
    return int(done.rowcount)  # type: ignore[attr-defined]


def make_due(practice: UUID, count: int, *, at: datetime) -> int:
    """Exactly `count` tasks are due and nobody has been told; the others have been seen to."""
    keys = quiet(practice, at=at)[:count]
    due_at = at - timedelta(minutes=1)
    return sum(
        schedule(practice, keys[start : start + CHUNK], due_at) for start in range(0, len(keys), CHUNK)
    )  # fmt: skip


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
