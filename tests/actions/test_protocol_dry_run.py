"""A change tried on last month: what the version in force did is what really happened, nothing is written,
and others' patients are not in it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.actions import protocol_dry_run, related_people, templates
from app.actions.protocol_dry_run import Month, Page, Totals
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.event import SYSTEM, Event
from app.models.message import Message, MessageTemplate
from app.models.practice import Practice
from app.models.task import Task, TaskType
from app.models.user import User
from tests.actions.test_caregiver_texts import agreed
from tests.conftest import Clock
from tests.flows.story import Story
from tests.own_protocols import changed, step
from tests.statements import reads
from tests.task_records import kinds, texts, utc
from tests.world import World

MEDICINE = TaskType.MEDICATION_RECEIVED
SHIPPED = changed(MEDICINE)
CALLS = changed(
    MEDICINE, steps=[step("call", "call", wait_days=1)],
    not_yet={"after_days": 1, "from_step": "call"},
)  # fmt: skip
IN_APRIL = utc(2026, 4, 10, 17)


@pytest.fixture
def story(world: World, clock: Clock, client: Any) -> Story:
    return Story(world, clock, client)


def tried(world: World, new: Any = CALLS, *, by: User | None = None, **more: Any) -> Page:
    db.session.rollback()
    viewer = world.viewer(by or world.lea)
    return protocol_dry_run.page(viewer, SHIPPED, new, at=IN_APRIL, **more)


def march(story: Story, world: World) -> dict[str, Task]:
    """Sam answers the second text, Rosa says not yet and then yes, Tom stays silent."""
    tasks = {name: story.ask(getattr(world, name), MEDICINE) for name in ("sam", "rosa", "tom")}
    story.text(world.rosa, "todavía no")
    story.wait(hours=27)
    story.text(world.rosa, "1")
    story.wait_until(utc(2026, 3, 5, 1))
    story.text(world.sam, "1")
    story.wait_until(utc(2026, 3, 8, 17))
    return tasks


def test_it_says_of_the_version_in_force_what_really_happened(story: Story, world: World) -> None:
    tasks = march(story, world)
    lines = {line.task.id: line for line in tried(world).lines}
    assert set(lines) == {task.id for task in tasks.values()}
    for task in tasks.values():
        was = lines[task.id].before
        real = [text for text in texts(task) if text.asked]
        assert [abs(at - text.sent_at) < timedelta(minutes=121)
                for at, text in zip(was.texts, real, strict=True)] == [True] * len(real)  # fmt: skip
        assert len(was.calls) == kinds(task).count("task.call_due")
        assert was.missed is (task.overdue_since is not None)


def test_it_tells_who_would_have_been_texted_called_and_missed(story: Story, world: World) -> None:
    march(story, world)
    totals = tried(world).totals
    assert (totals.looked, totals.differ) == (3, 3)
    assert (totals.texts_before, totals.texts_after) == (6, 0)
    assert (totals.calls_before, totals.calls_after) == (1, 3)
    assert (totals.missed_before, totals.missed_after) == (1, 3)  # nobody was asked by text
    same = tried(world, SHIPPED)
    assert (same.totals.differ, same.lines) == (0, [])


def test_it_writes_nothing(story: Story, world: World) -> None:
    march(story, world)
    counts = [select(func.count()).select_from(table) for table in (Event, Message, Task)]
    before = [db.session.scalar(count) for count in counts]
    tried(world)
    assert not db.session.new
    assert not db.session.dirty
    assert [db.session.scalar(count) for count in counts] == before


def test_it_shows_only_what_the_viewer_may_see(story: Story, world: World) -> None:
    march(story, world)
    assert tried(world).tasks == 3  # Tom is on another team: else this proves nothing
    assert tried(world, by=world.ana).tasks == 2
    assert tried(world, by=world.cara).tasks == 0


def test_it_goes_page_by_page_with_a_constant_number_of_statements(
    story: Story, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    march(story, world)
    whole = tried(world).totals
    with reads() as three:
        tried(world)
    monkeypatch.setattr(protocol_dry_run, "PAGE", 1)
    with reads() as one:
        page = tried(world)
    assert len(one) == len(three)
    seen = 1
    while page.next is not None:
        page = tried(world, after=page.next, totals=Totals.read(str(page.totals)))
        seen += 1
    assert seen == 3
    assert page.totals == whole


@pytest.mark.parametrize("after", ["x", "2026-03-03|x", "2026-03-03T00:00:00|1", "|"])
def test_it_refuses_a_page_that_is_none(world: World, after: str) -> None:
    with pytest.raises(Invalid):
        tried(world, after=after)


@pytest.mark.pure
def test_it_reads_odd_totals_as_none() -> None:
    for odd in ("", "1-2", "1-2-3-4-5-6-7-x", "9999999999-0-0-0-0-0-0-0"):
        assert Totals.read(odd) == Totals()


@pytest.mark.pure
def test_it_takes_the_calendar_month_before_where_the_practice_is() -> None:
    month = Month.before(utc(2026, 4, 1, 5), "America/Los_Angeles")  # still March there
    assert (month.start, month.end) == (utc(2026, 2, 1, 8), utc(2026, 3, 1, 8))
    assert Month.before(utc(2026, 1, 9), "UTC").start == utc(2025, 12, 1)


def test_it_knows_links_in_the_practices_words_and_texts_to_caregivers(
    story: Story, world: World, clock: Clock
) -> None:
    """Rosa wants no links and the first text's words hold one; Sam's daughter agreed to texts."""
    with transaction():
        rosa = db.session.merge(world.rosa)
        rosa.preferences = {"no_links": True}
        related_people.add(db.session.merge(world.sam), agreed(clock), by=SYSTEM, at=clock.now)
    first = str(SHIPPED.steps[0].template)
    tasks = {name: story.ask(getattr(world, name), MEDICINE) for name in ("sam", "rosa")}
    practice = db.session.get_one(Practice, world.practice.id)
    spanish = templates.phrase_for(practice, first, rosa.language)
    with transaction():
        db.session.add(
            MessageTemplate(
                practice_id=practice.id, key=first, language=rosa.language, title="x",
                body=f"{spanish.body} https://example.org", updated_at=clock.now,
            )
        )  # fmt: skip
    story.wait_until(utc(2026, 3, 8, 17))
    helped = changed(
        MEDICINE,
        steps=[step("first", "caregiver", wait_days=1), step("call", "call", wait_days=1)],
        not_yet={"after_days": 1, "from_step": "first"},
    )
    lines = {line.task.id: line for line in tried(world, helped).lines}
    skipped = dict(lines[tasks["rosa"].id].before.skipped)
    assert skipped == {SHIPPED.steps[0].key: "no_links"}
    after = lines[tasks["sam"].id].after
    assert (len(after.texts), len(after.calls)) == (1, 1)
    assert lines[tasks["rosa"].id].after.texts == []
