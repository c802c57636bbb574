"""Versions of a wording: a change waits for somebody else's approval, is sent back or taken back; what was
approved before can be used again."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import own_wording, templates, wording_in_force, wording_versions
from app.core.db import db, transaction
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.models.event import Event
from app.models.known_wording import shipped_wordings
from app.models.user import User
from app.models.viewer import Viewer
from app.models.wording_version import VersionState, WordingVersion
from tests.conftest import Clock
from tests.world import World

KEY = "reply.ride"
KNOWN = shipped_wordings()[KEY]
FIRST, SECOND = "We can drive you there.", "We can drive you there and back."


def write(world: World, clock: Clock, body: str = FIRST, by: User | None = None, **more: Any):
    with transaction():
        viewer = world.viewer(by or world.lea)
        return wording_versions.draft(
            world.practice, KNOWN, "en", body, by=viewer, at=clock.now, **more
        )


def approve(world: World, clock: Clock, row: WordingVersion, by: User | None = None) -> None:
    with transaction():
        viewer = world.viewer(by or world.adam)
        wording_in_force.approve(world.practice, KNOWN, row, by=viewer, at=clock.now)


def used(world: World) -> str:
    return templates.phrase_for(world.practice, KEY, "en").body


def facts(kind: str) -> Sequence[dict[str, Any]]:
    rows = select(Event.facts).where(Event.kind == kind).order_by(Event.at, Event.id)
    return db.session.scalars(rows).all()


def test_it_uses_nothing_before_somebody_else_approved_it(world: World, clock: Clock) -> None:
    shipped = used(world)
    row = write(world, clock)
    assert (row.state, row.number, used(world)) == (VersionState.DRAFT, 1, shipped)
    with pytest.raises(Forbidden, match="Somebody else"):
        approve(world, clock, row, by=world.lea)
    assert used(world) == shipped
    approve(world, clock, row)
    assert used(world) == FIRST
    assert (row.decided_by_id, row.approved_alone) == (world.adam.id, False)


def test_it_lets_the_only_lead_approve_alone_and_notes_it(world: World, clock: Clock) -> None:
    row = write(world, clock)
    with transaction():
        db.session.merge(world.adam).is_active = False
    approve(world, clock, row, by=world.lea)
    assert row.approved_alone
    assert facts("template.approved")[0]["alone"] is True


def test_it_tells_the_words_before_and_after(world: World, clock: Clock) -> None:
    approve(world, clock, write(world, clock))
    approve(world, clock, write(world, clock, SECOND))
    first, second = facts("template.approved")
    assert first["before"] is None
    assert second["before"] == {"version": 1, "body": FIRST}
    assert second["after"] == {"version": 2, "body": SECOND}


def test_it_sends_a_draft_back_with_a_reason(world: World, clock: Clock) -> None:
    row, by = write(world, clock), world.viewer(world.adam)
    with transaction(), pytest.raises(Invalid):
        wording_versions.send_back(row, " ", by=by, at=clock.now)
    with transaction():
        wording_versions.send_back(row, "Say where to.", by=by, at=clock.now)
    assert (row.state, row.reason) == (VersionState.SENT_BACK, "Say where to.")
    with pytest.raises(Conflict):
        approve(world, clock, row)
    assert write(world, clock, SECOND).number == 2


def test_it_has_one_draft_at_a_time(world: World, clock: Clock) -> None:
    first = write(world, clock)
    second = write(world, clock, SECOND, by=world.adam)
    assert (first.state, second.state) == (VersionState.REPLACED, VersionState.DRAFT)
    with pytest.raises(Conflict):
        approve(world, clock, first)
    with transaction():
        wording_versions.discard(second, by=world.viewer(world.adam), at=clock.now)
    assert second.state is VersionState.DISCARDED


def test_it_does_not_write_over_words_its_writer_did_not_see(world: World, clock: Clock) -> None:
    write(world, clock, by=world.adam)
    with pytest.raises(Invalid, match="meanwhile"):
        write(world, clock, SECOND, seen=0)
    assert write(world, clock, SECOND, seen=1).number == 2


def test_it_wants_something_changed(world: World, clock: Clock) -> None:
    for same in (KNOWN.shipped_in("en"), FIRST, FIRST):
        if same is FIRST and used(world) != FIRST:
            approve(world, clock, write(world, clock))
        with pytest.raises(Invalid, match="as they are"):
            write(world, clock, same)


def test_it_goes_back_to_an_earlier_version_at_once(world: World, clock: Clock) -> None:
    first = write(world, clock)
    approve(world, clock, first)
    approve(world, clock, write(world, clock, SECOND))
    waiting = write(world, clock, "A draft that waits meanwhile.")
    with transaction():
        again = wording_in_force.use_again(
            world.practice, KNOWN, first, by=world.viewer(world.lea), at=clock.now
        )
    assert (used(world), again.number, again.same_as) == (FIRST, 4, 1)
    assert facts("template.reverted")[0]["before"]["body"] == SECOND
    with pytest.raises(Conflict), transaction():
        wording_in_force.use_again(
            world.practice, KNOWN, first, by=world.viewer(world.lea), at=clock.now
        )
    assert write(world, clock, "Yet other words.").is_draft
    assert waiting.state is VersionState.REPLACED


def test_it_goes_back_to_the_shipped_words_and_from_there(world: World, clock: Clock) -> None:
    shipped, first, by = used(world), write(world, clock), world.viewer(world.lea)
    with pytest.raises(NotFound), transaction():
        wording_in_force.give_up(world.practice, KNOWN, "en", by=by, at=clock.now)
    approve(world, clock, first)
    with transaction():
        wording_in_force.give_up(world.practice, KNOWN, "en", by=by, at=clock.now)
    assert used(world) == shipped
    with transaction():
        wording_in_force.use_again(world.practice, KNOWN, first, by=by, at=clock.now)
    assert used(world) == FIRST
    assert facts("template.dropped")[0]["after"] is None


def test_it_asks_the_lint_again_when_approving(world: World, clock: Clock) -> None:
    row = write(world, clock)
    with transaction():
        row.body = "Take your insulin"
    with pytest.raises(Invalid, match="insulin"):
        approve(world, clock, row)
    assert row.is_draft


def test_it_offers_what_a_practice_added_once_it_is_approved(world: World, clock: Clock) -> None:
    by: Viewer = world.viewer(world.lea)

    def add(title: str, body: str, is_reply: bool = True) -> WordingVersion:
        with transaction():
            return own_wording.create(
                world.practice, title=title, is_reply=is_reply, body=body, by=by, at=clock.now
            )

    row = add("Bring your card", "Please bring your card, {patient_first_name}.")
    assert row.key == "own.bring_your_card"
    assert row.key not in {each.key for each in templates.reply_phrases(world.practice, "en")}
    with pytest.raises(Invalid, match="already"):
        add("Bring your card!", "Other words.")
    with pytest.raises(Invalid, match="a reply cannot fill it in"):
        add("Day", "See you on {appointment_day}.")
    with pytest.raises(Invalid, match="who writes"):
        add("Flu season", "Come in.", is_reply=False)
    approve(world, clock, row)
    assert row.key in {each.key for each in templates.reply_phrases(world.practice, "en")}
    assert row.key not in {each.key for each in templates.reply_phrases(world.other_practice, "en")}
