"""The search as a person waits for it: what people look for, as a lead who sees everybody and as a navigator
of one team in twenty. Printed: median and p95 of each; the goal is p95 of all of them together."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.core.ids import new_id
from app.core.settings import read_settings
from app.factory import create_app
from app.models.care_team import CareTeam
from app.models.patient import Patient
from app.models.search_entry import SearchKind
from app.models.user import Role
from app.models.viewer import Viewer
from app.queries import search
from bench import search_rows, stage

GOAL_SECONDS = 0.3
LOOKS = 40


class Took(NamedTuple):
    """Seconds of one search: by the clock, and of this process (on SQLite the database is in it)."""

    clock: float
    cpu: float


def run(databases: list[str], *, patients: int, messages: int) -> int:
    """Measure on each database. 1 when the goal is missed, else 0."""
    return max(_measure(kind, patients, messages) for kind in databases)


def _measure(kind: str, patients: int, messages: int) -> int:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        stage.staged(kind, Path(folder)) as ready,
    ):
        app = create_app(read_settings(ready.env))
        with app.app_context():
            began = time.perf_counter()
            practice = search_rows.fill(patients, messages)
            took = time.perf_counter() - began
            print(
                f"{kind}: {patients} patients and {messages} texts written and indexed in {took:.0f} s"
            )
            missed = _looks(kind, practice)
            db.session.rollback()
            db.engine.dispose()
    return missed


def _looks(kind: str, practice: UUID) -> int:
    every: list[Took] = []
    for who, viewer in _viewers(practice).items():
        for what, ask in _asks(practice).items():
            times = [_look(viewer, ask(Random(n))) for n in range(LOOKS)]
            every += times
            _tell(f"{kind}, {who}, {what}", times)
        _check_needles(viewer, all_of=who == "lead")
    p95 = _tell(f"{kind}, all", every)
    verdict = "reached" if p95 <= GOAL_SECONDS else "missed"
    print(f"  goal p95 ≤ {GOAL_SECONDS * 1000:.0f} ms: {verdict}", flush=True)
    return int(p95 > GOAL_SECONDS)


def _viewers(practice: UUID) -> dict[str, Viewer]:
    team = db.session.scalars(
        select(CareTeam.id).where(CareTeam.practice_id == practice, CareTeam.name == "Team 3")
    ).one()
    return {
        "lead": Viewer(practice, "user", new_id(), Role.LEAD),
        "navigator": Viewer(practice, "user", new_id(), Role.NAVIGATOR, frozenset([team])),
    }


def _asks(practice: UUID) -> dict[str, Callable[[Random], str]]:
    """What people type: somebody they know of, by part of a name, a number or a day; words of a text."""
    rows = select(Patient).where(Patient.practice_id == practice, Patient.mrn.startswith("S-"))
    known = list(db.session.scalars(rows.order_by(Patient.id).limit(400)))
    said = search_rows.vocabulary(Random(7))
    db.session.expunge_all()

    def of(n: Random) -> Patient:
        return n.choice(known)

    return {
        "a name": lambda n: f"{(p := of(n)).given_name} {p.family_name}",
        "a beginning": lambda n: of(n).family_name[:3],
        "two letters": lambda n: of(n).family_name[:2],
        "a record number": lambda n: of(n).mrn,
        "the end of a phone": lambda n: f"{n.randint(6000000, 6000400)}",
        "a birth date": lambda n: of(n).birth_date.isoformat(),
        "a common word": lambda n: said[n.randint(0, 20)],
        "a middling word": lambda n: said[n.randint(500, 1500)],
        "a rare word": lambda n: said[n.randint(15_000, 19_999)],
        "two words": lambda n: f"{said[n.randint(0, 50)]} {said[n.randint(50, 500)]}",
        "nothing there": lambda n: f"zzyzx{n.randint(0, 99)}",
    }


def _look(viewer: Viewer, q: str) -> Took:
    began, used = time.perf_counter(), time.process_time()
    search.find(viewer, q)
    took = Took(time.perf_counter() - began, time.process_time() - used)
    db.session.info.pop("seen", None)
    db.session.rollback()
    db.session.expunge_all()
    return took


def _tell(name: str, times: list[Took]) -> float:
    """Says both, returns the p95 by the clock."""
    p95, of_cpu = (quantiles(each, n=20)[-1] for each in zip(*times, strict=True))
    clock, cpu = (median(each) for each in zip(*times, strict=True))
    print(
        f"{name}: median {clock * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms; CPU of this process "
        f"{cpu * 1000:.0f} and {of_cpu * 1000:.0f} ms",
        flush=True,
    )
    return p95


def _check_needles(viewer: Viewer, *, all_of: bool) -> None:
    """A word that stands in so many texts is found in all of them; a team's viewer sees theirs."""
    (group,) = search.find(viewer, "needlework", only=SearchKind.MESSAGE).groups
    there = len(group.rows)
    db.session.rollback()
    if there > search_rows.NEEDLES or (all_of and there != search_rows.NEEDLES):
        raise AssertionError(
            f"{there} of {search_rows.NEEDLES} needles found at {datetime.now(UTC)}"
        )
