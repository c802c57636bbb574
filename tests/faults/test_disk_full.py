"""D6: the disk is full, or a file may not grow, in the middle of the work (SQLite). We say "later" and not
yes, nothing that was acknowledged is lost, nothing is torn, and it goes on by itself once there is room."""

import os
import random
import resource
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from app.core.db import db
from app.models.message import Direction, Message
from tests.actions.drafts import queue_to
from tests.carrier.client import StandIn
from tests.conftest import Clock
from tests.databases import KIND
from tests.faults.dying import close_connections, ends_by_signal, fork
from tests.faults.figures import Figure, size
from tests.faults.test_killed_sender import come_back
from tests.signed import inbound_form
from tests.web.webhooks.signing import PATH, send
from tests.world import World, look_again
from workers import outbox

pytestmark = pytest.mark.skipif(KIND != "sqlite", reason="PostgreSQL's disk is not ours to fill")
ROUNDS = size(4, 200)
Form = dict[str, str]


@pytest.fixture
def forms(world: World, stand_in: StandIn) -> Callable[[str], list[Form]]:
    def make(what: str) -> list[Form]:
        people = (world.sam, world.rosa, world.tom)
        return [
            inbound_form(sender=world.phone(people[n % 3]), to=world.line.number,
                         body=f"{what} {n} " + "x" * 900, account_sid=stand_in.account_sid)
            for n in range(40)
        ]  # fmt: skip

    return make


@contextmanager
def room_for(app: Flask, pages: int) -> Iterator[None]:
    """The database may grow by so many pages and no more."""
    close_connections(app)
    with app.app_context():
        engine = db.engine
        with engine.connect() as connection:
            now = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        engine.dispose()

    def limit(connection, _record) -> None:  # type: ignore[no-untyped-def]
        connection.execute(f"PRAGMA max_page_count={now + pages}")

    event.listen(engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(engine, "connect", limit)
        close_connections(app)


def heard() -> Counter[str | None]:
    look_again()
    mine = select(Message.provider_id).where(Message.direction == Direction.INBOUND)
    return Counter(db.session.scalars(mine))


def is_sound() -> bool:
    said = db.session.connection().exec_driver_sql("PRAGMA integrity_check").scalars().all()
    broken = db.session.connection().exec_driver_sql("PRAGMA foreign_key_check").all()
    db.session.rollback()
    return list(said) == ["ok"] and not broken


def test_it_says_later_when_the_disk_is_full_and_goes_on_when_it_is_not(
    world: World,
    twilio: Flask,
    stand_in: StandIn,
    forms: Callable[[str], list[Form]],
    figure: Figure,
) -> None:
    chance = random.Random(6)
    answers: dict[str, int] = {}
    posted: list[Form] = []
    for n in range(ROUNDS):
        with room_for(twilio, chance.randrange(1, 24)):
            for form in forms(f"round {n}"):
                answer = send(twilio.test_client(), PATH, form, token=stand_in.auth_token)
                answers[form["MessageSid"]] = answer.status_code
                posted.append(form)
                if answer.status_code != 200:
                    break
            assert answer.status_code == 503, "the disk was full in the end"
            assert twilio.test_client().get("/readyz").status_code == 200, "reading needs no room"
    tell(figure, "D6 disk full", answers, posted, twilio, stand_in)


def test_it_says_later_when_a_file_may_not_grow(
    world: World, twilio: Flask, stand_in: StandIn, forms: Callable[[str], list[Form]], tmp_path: Path,
    figure: Figure,
) -> None:  # fmt: skip
    """The write itself fails, wherever it is: in the middle of a commit, too."""
    chance = random.Random(7)
    answers: dict[str, int] = {}
    posted: list[Form] = []
    for n in range(ROUNDS):
        mine, history = forms(f"round {n}"), tmp_path / f"history-{n}"
        room = chance.randrange(20_000, 400_000)
        assert not ends_by_signal(
            fork(twilio, lambda mine=mine, history=history, room=room: (
                take_with(twilio, stand_in, mine, history, room)))
        )  # fmt: skip
        said = [line.split() for line in history.read_text().splitlines()]
        answers |= {sid: int(status) for sid, status in said}
        posted += mine[: len(said)]
    tell(figure, "D6 file may not grow", answers, posted, twilio, stand_in)


def take_with(app: Flask, stand_in: StandIn, forms: list[Form], history: Path, room: int) -> None:
    """Take texts in until there is no room for the log beside the database; its history is kept elsewhere."""
    wal = Path(
        f"{app.extensions['touchline.settings'].database_url.removeprefix('sqlite:///')}-wal"
    )
    send(app.test_client(), "/healthz", {}, method="GET")
    db.session.execute(select(Message.id).limit(1))
    grown = wal.stat().st_size if wal.exists() else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (grown + room, resource.RLIM_INFINITY))
    with history.open("ab", buffering=0) as file:
        for form in forms:
            answer = send(app.test_client(), PATH, form, token=stand_in.auth_token)
            file.write(f"{form['MessageSid']} {answer.status_code}\n".encode())
            os.fsync(file.fileno())
            if answer.status_code != 200:
                return


def tell(
    figure: Figure,
    name: str,
    answers: dict[str, int],
    posted: list[Form],
    app: Flask,
    stand_in: StandIn,
) -> None:
    """Compare what was answered with what is there, before and after everything is posted again."""
    kept = heard()
    lost = [sid for sid, answer in answers.items() if answer == 200 and not kept[sid]]
    assert is_sound()
    for form in posted:
        assert send(app.test_client(), PATH, form, token=stand_in.auth_token).status_code == 200
    kept = heard()
    doubled = sum(count - 1 for count in kept.values())
    full = sum(answer == 503 for answer in answers.values())
    figure(name, n=len(answers), times_full=full, lost=len(lost), doubled=doubled)
    assert full >= ROUNDS // 2
    assert set(answers.values()) <= {200, 503}
    assert (lost, doubled) == ([], 0)
    assert kept.keys() == {form["MessageSid"] for form in posted}


def test_it_neither_loses_nor_doubles_texts_that_leave_while_the_disk_fills_up(
    world: World, clock: Clock, twilio: Flask, stand_in: StandIn, figure: Figure
) -> None:
    chance, bodies = random.Random(8), []
    for n in range(ROUNDS):
        for k in range(6):
            who, words = (world.sam, world.rosa, world.tom)[k % 3], f"{n} {k}: {'long' * 75}"
            queue_to(who, clock.now, solicited=True, body=words, send_key=f"{n}:{k}")
            bodies.append(words)
        room = room_for(twilio, chance.randrange(0, 6))
        with room, twilio.app_context(), suppress(OperationalError):  # the ticker comes again
            outbox.deliver_due()
        come_back(twilio, clock)
    taken = Counter(row["body"] for row in stand_in.accepted())
    lost = [body for body in bodies if not taken[body]]
    doubled = sum(count - 1 for count in taken.values())
    figure("D6 disk full while texts leave", n=len(bodies), lost=len(lost), doubled=doubled)
    assert (lost, doubled) == ([], 0)
    assert is_sound()
