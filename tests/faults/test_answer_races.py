"""Answers, STOPs and sweeps at the same moment: one task ends in one way, a STOP is heard by what has not
left, and on PostgreSQL nothing waits for each other for ever."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from itertools import chain, takewhile

import pytest
from flask import Flask
from sqlalchemy import select

from app.actions import inbound, questions, tasks
from app.core.db import db, transaction
from app.models.consent import Consent
from app.models.event import SYSTEM, Event
from app.models.message import Direction, Message
from app.models.patient import Patient
from app.models.task import Task, TaskStatus, TaskType
from messaging.delivery import MessageStatus
from tests.actions.drafts import fresh, queue_to
from tests.conftest import TWILIO_TOKEN, Clock
from tests.faults.figures import tell
from tests.phones import Phones
from tests.web.webhooks.signing import PATH, inbound_form, send
from tests.world import World, look_again
from workers import deadlines, outbox

ROUNDS = 12


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


def together(*works) -> list:  # type: ignore[no-untyped-def,type-arg]
    """Run all of them at the same moment; their results."""
    gate = threading.Barrier(len(works))

    def run(work):  # type: ignore[no-untyped-def]
        gate.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_it_ends_a_task_in_one_way_when_two_answers_come_at_once(
    app: Flask, world: World, phones: Phones, clock: Clock
) -> None:
    """One by text, the other in the portal: nothing but the task makes them take turns."""
    outcomes: Counter[str] = Counter()
    with transaction():
        db.session.merge(world.practice).cap_day = db.session.merge(world.practice).cap_week = 100
    for _ in range(ROUNDS):
        task = phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
        form = inbound_form(world, world.phone(world.sam), "2")
        client = app.test_client()

        def by_text(form=form, client=client) -> int:  # type: ignore[no-untyped-def]
            return send(client, PATH, form).status_code

        def by_portal() -> int:
            with app.app_context(), transaction():
                sam = db.session.get_one(Patient, (world.practice.id, world.sam.id))
                inbound.receive_portal(sam, "1", at=clock.now)
            return 200

        assert together(by_text, by_portal) == [200, 200]
        look_again()
        row = db.session.scalars(select(Task).where(Task.id == task.id)).one()
        said = Counter(db.session.scalars(select(Event.kind).where(Event.subject_id == task.id)))
        assert said["task.answered"] == 1, said
        outcomes[row.status.value] += 1
        if row.status is not TaskStatus.COMPLETED:
            with transaction():
                tasks.cancel(db.session.merge(row), reason="next round", by=SYSTEM, at=clock.now)
        clock.advance(minutes=5)
    tell(f"n = {ROUNDS} pairs of answers at once, each with one effect: {dict(outcomes)}")


def test_it_starts_nothing_after_a_stop_that_races_a_sweep(
    app: Flask, world: World, phones: Phones, clock: Clock
) -> None:
    ends: Counter[str] = Counter()
    for n in range(ROUNDS):
        with transaction():
            phones.world.number(world.sam).opted_out_at = None
        message = queue_to(world.sam, clock.now, solicited=True, send_key=f"race:{n}")
        stop = inbound_form(world, world.phone(world.sam), "STOP")
        client = app.test_client()

        def sweep() -> int:
            with app.app_context():
                return outbox.deliver_due()

        def say_stop(client=client, form=stop) -> int:  # type: ignore[no-untyped-def]
            time.sleep(random.uniform(0, 0.06))
            return send(client, PATH, form).status_code

        answer, _ = together(say_stop, sweep)
        assert answer == 200
        clock.advance(minutes=2)
        sweep()
        row = fresh(message)
        assert row.status in (MessageStatus.CANCELLED, MessageStatus.WITHHELD, MessageStatus.SENT,
                              MessageStatus.DELIVERED), row.status  # fmt: skip
        ends[row.status.value] += 1
        start = inbound_form(world, world.phone(world.sam), "START")
        assert send(client, PATH, start).status_code == 200
        sweep()
        clock.advance(minutes=2)
    db.session.rollback()
    assert db.session.scalar(select(Consent.id).where(Consent.wording == "STOP").limit(1))
    tell(f"n = {ROUNDS} STOPs against a sweep: {dict(ends)}")


def test_it_does_not_lock_up_between_texts_coming_in_and_texts_leaving(
    app: Flask, world: World, phones: Phones, clock: Clock
) -> None:
    """Eight phones' worth of texts, most of them answers, against asking and sending without pause."""
    people = (world.sam, world.rosa, world.kim, world.tom, world.olga)
    words = ("1", "2", "1", "2", "yes", "no", "hello there", "1", "3", "not yet", "STOP", "START")
    with transaction():
        practice = db.session.merge(world.practice)
        practice.cap_day = practice.cap_week = 10_000
    numbers = [world.phone(person) for person in people]
    forms = [[inbound_form(world, numbers[(k + n) % 5], words[(n * 3 + k) % len(words)])
              for n in range(400)] for k in range(8)]  # fmt: skip
    until, ended = time.monotonic() + 6, threading.Event()

    def keep_sweeping() -> None:
        while not ended.is_set():
            with app.app_context():
                clock.advance(minutes=1)
                deadlines.run()
                outbox.deliver_due()
                _ask_all(people, at=clock.now)
            time.sleep(0.01)

    sweeping = threading.Thread(target=keep_sweeping)
    sweeping.start()
    try:
        with ThreadPoolExecutor(8) as pool:
            said = [*chain.from_iterable(pool.map(partial(_keep_texting, app, until), forms))]
    finally:
        ended.set()
        sweeping.join()
    assert Counter(status for _, status in said) == {200: len(said)}
    look_again()
    heard = select(Message.provider_id).where(Message.direction == Direction.INBOUND)
    assert {sid for sid, _ in said} <= set(db.session.scalars(heard))
    # A send that broke off (by a deadlock) would keep its lease.
    assert MessageStatus.SENDING not in set(db.session.scalars(select(Message.status)))
    tell(f"n = {len(said)} texts in 8 threads beside a sweep: 0 refused, 0 lost")


def _keep_texting(app: Flask, until: float, forms: list[dict[str, str]]) -> list[tuple[str, int]]:
    client = app.test_client()
    in_time = takewhile(lambda _: time.monotonic() < until, forms)
    return [(form["MessageSid"], send(client, PATH, form, token=TWILIO_TOKEN).status_code)
            for form in in_time]  # fmt: skip


def _ask_all(people: tuple[Patient, ...], *, at: datetime) -> None:
    with transaction():
        for person in people:
            tasks.create(db.session.merge(person), list(TaskType)[at.minute % 2], by=SYSTEM, at=at)


def test_it_has_no_question_open_after_both_answers(
    world: World, phones: Phones, clock: Clock
) -> None:
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    phones.text(world.sam, "1")
    phones.text(world.sam, "no, I never got it")
    assert (
        questions.open_questions(world.practice.id, patient_ids=[world.sam.id], at=clock.now) == []
    )
    assert phones.thread(world.sam).waiting_since is not None
