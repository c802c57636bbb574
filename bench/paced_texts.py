"""`python -m bench.paced_texts fill|now_and_then SECONDS`: gives some lines a pace and more texts than
they can send in so many seconds; then, now and then, an urgent text on the busiest line and one elsewhere."""

import sys
import time
from itertools import cycle, islice
from math import ceil
from uuid import UUID

from sqlalchemy import Select, select, update

from app.actions.messages import Draft, queue
from app.core.clock import db_now
from app.core.db import db, enter_practice, transaction
from app.core.ids import new_id
from app.factory import create_app
from app.models.event import SYSTEM
from app.models.patient import Patient
from app.models.practice import Line, Practice
from bench.pacing import EVERY, PACES, QUIET
from messaging.gate import Purpose
from messaging.lanes import Lane


def fill(seconds: int) -> None:
    """More than each busy line can send, in the lane of lists: the last of them still waits at the end."""
    for practice, pace in PACES.items():
        with transaction():
            practice_id = _practice(practice)
            enter_practice(practice_id)
            one = update(Line).where(Line.practice_id == practice_id)
            db.session.execute(one.values(segments_per_second=pace))
            people = db.session.scalars(_people(practice_id)).all()
            for n, patient in enumerate(islice(cycle(people[1:]), ceil(pace * seconds * 1.3) + 10)):
                _queue(patient, f"Bulk {n}", Lane.LIST)
        db.session.expunge_all()


def now_and_then(seconds: int) -> None:
    """Each with the moment it was written as its last word."""
    until, quiet = time.monotonic() + seconds, cycle(QUIET)
    while time.monotonic() < until:
        for practice, words in ((0, "Urgent"), (next(quiet), "Elsewhere")):
            with transaction():
                practice_id = _practice(practice)
                enter_practice(practice_id)
                patient = db.session.scalars(_people(practice_id).limit(1)).one()
                _queue(patient, f"{words} {time.time():.3f}", Lane.URGENT)
            db.session.expunge_all()
        time.sleep(EVERY)


def _practice(number: int) -> UUID:
    return db.session.scalars(select(Practice.id).where(Practice.slug == f"bench-{number}")).one()


def _people(practice_id: UUID) -> Select[Patient]:
    return select(Patient).where(Patient.practice_id == practice_id).order_by(Patient.mrn)


def _queue(patient: Patient, body: str, lane: Lane) -> None:
    draft = Draft(
        practice_id=patient.practice_id, patient=patient, channel="sms", body=body, lane=lane,
        purpose=Purpose.STAFF_REPLY, send_key=f"bench:{new_id()}",
    )  # fmt: skip
    queue(draft, by=SYSTEM, at=db_now())


if __name__ == "__main__":
    with create_app().app_context():
        {"fill": fill, "now_and_then": now_and_then}[sys.argv[1]](int(sys.argv[2]))
