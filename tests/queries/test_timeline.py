"""A patient's story: what belongs in it, in pages that neither skip nor repeat, and for the right eyes."""

from datetime import timedelta

import pytest

from app.actions import calls, conversations, tasks
from app.core.db import transaction
from app.models.task import TaskType
from app.models.touchpoint import MinutesSource
from app.queries import timeline
from app.queries.patient_page import patient_page, thread_of
from app.queries.timeline import Story, story
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.world import World


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


@pytest.fixture
def busy(phones: Phones, world: World, clock: Clock) -> World:
    """Sam wrote, was noted, was called, and has a task."""
    viewer = world.viewer(world.ana)
    phones.text(world.sam, "Hello, can you help me?")
    clock.advance(minutes=5)
    with transaction():
        conversations.add_note(phones.thread(world.sam), "Mornings", by=viewer, at=clock.now)
    clock.advance(minutes=5)
    with transaction():
        task = tasks.create(
            world.sam, TaskType.MEDICATION_RECEIVED, by=viewer.actor, at=clock.now, ask_first=False
        )
        calls.log_call(
            world.sam, by=viewer, at=clock.now, task_ids=[task.id], outcome="no_answer",
            started_at=clock.now - timedelta(minutes=2), seconds=120,
            minutes_source=MinutesSource.TIMER,
        )  # fmt: skip
    return world


def told(world: World, **narrowed: str) -> Story:
    viewer = world.viewer(world.ana)
    return story(viewer, world.sam, thread_of(world.sam), **narrowed)


def test_it_tells_everything_once_newest_first(busy: World) -> None:
    found = told(busy)
    kinds = [moment.kind for moment in found.moments]
    assert kinds.count("message") == 1
    assert kinds.count("note") == 1
    assert kinds.count("touchpoint") == 1  # the call; the message's own row is not told twice
    times = [moment.at for moment in found.moments]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("messages", {"message", "note"}),
        ("calls", {"touchpoint"}),
        ("tasks", {"event"}),
        ("changes", {"event"}),
        ("ledger", {"touchpoint"}),
    ],
)
def test_it_narrows_to_a_chip(busy: World, kind: str, expected: set[str]) -> None:
    found = told(busy, kind=kind)
    assert {moment.kind for moment in found.moments} == expected
    if kind == "ledger":
        assert len(found.moments) == 2  # the text and the call
    if kind == "tasks":
        assert all(moment.row.kind.startswith("task.") for moment in found.moments)


def test_it_pages_without_skipping_or_repeating(
    busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [moment.row.id for moment in told(busy).moments]
    monkeypatch.setattr(timeline, "PAGE", 2)
    pages, before = [], None
    while True:
        page = told(busy, **({"before": before} if before else {}))
        pages += [moment.row.id for moment in page.moments]
        before = page.older
        if before is None:
            break
    assert pages == whole


def test_it_refreshes_the_first_part_down_to_where_it_ended(
    busy: World, phones: Phones, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline, "PAGE", 2)
    first = told(busy)
    assert first.older is not None
    clock.advance(minutes=1)
    phones.text(busy.sam, "Are you there?")
    again = told(busy, back_to=first.older)
    assert [m.row.id for m in again.moments][-2:] == [m.row.id for m in first.moments]
    assert again.moments[0].row.body == "Are you there?"
    assert again.older == first.older


@pytest.mark.parametrize("odd", ["", "x", "2026-01-01_x", "2026-01-01T00:00:00_" + "0" * 32])
def test_it_takes_an_odd_key_as_the_beginning(busy: World, odd: str) -> None:
    assert len(told(busy, before=odd).moments) == len(told(busy).moments)


def test_it_reads_the_page_in_the_same_statements_however_much_there_is(
    busy: World, phones: Phones, clock: Clock
) -> None:
    viewer = busy.viewer(busy.ana)
    with reads() as before:
        patient_page(viewer, busy.sam.id)
        story(viewer, busy.sam, thread_of(busy.sam))
    for number in range(5):
        clock.advance(minutes=1)
        phones.text(busy.sam, f"Message {number}, please read")
        with transaction():
            tasks.create(
                busy.sam, TaskType.APPOINTMENT_KEPT, by=viewer.actor, at=clock.now, ask_first=False
            )
    with reads() as after:
        assert len(patient_page(viewer, busy.sam.id).tasks) == 6
        story(viewer, busy.sam, thread_of(busy.sam))
    assert len(after) == len(before)


def test_it_says_who_shares_a_phone_only_as_far_as_the_viewer_sees(world: World) -> None:
    page = patient_page(world.viewer(world.ana), world.kim.id)
    assert page.number is not None
    assert page.shared == {page.number.id: ["Lee Tran"]}
    with transaction():
        world.lee.care_team_id = world.other_team.id
    page = patient_page(world.viewer(world.ana), world.kim.id)
    assert page.shared == {}
