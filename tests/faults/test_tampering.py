"""D1, T0.5: whoever owns the database edits, deletes, swaps and inserts rows at random, cuts the end and
fills it up again, stamps the chain anew: each is found, and the first bad row is named."""

import random
from typing import Any

import pytest

from app.actions import checkpoints, seal_check
from app.core.db import db
from tests.actions.test_seals import seal, triggers_off, write_rows
from tests.faults.database_owner import DEEDS, Owner
from tests.faults.figures import size
from tests.phones import Phones
from tests.world import World

ROWS = 16


@pytest.fixture
def last(world: World, clock: Any) -> int:
    """A sealed and signed ledger of calls and texts; its last number."""
    phones = Phones(world, clock)
    write_rows(world, clock.now, "abcdefgh")
    for words in ("How are you", "Fine", "Thanks", "Yes", "¿Cuándo?", "Ok", "No", "Bye"):
        phones.text(world.sam, words)
    while seal(world, clock.now):
        pass
    made = checkpoints.write_due(world.practice.id, at=clock.now)
    assert made is not None
    assert made.count >= ROWS
    return made.count


def test_D1_T0_5_it_finds_every_tampering_and_names_the_first_bad_row(
    world: World, clock: Any, last: int, figure: Any
) -> None:
    chance, found, named = random.Random(20261127), 0, 0
    trials, practice = size(60, 500), world.practice.id
    owner = Owner(world.sam.id, world.kim.id, chance, clock.now, last)
    assert seal_check.verify(practice, at=clock.now).is_whole
    for trial in range(trials):
        deed = DEEDS[trial % len(DEEDS)]
        with triggers_off():
            expected = deed(owner)
            db.session.flush()
            db.session.expire_all()
            report = seal_check.verify(practice, at=clock.now)
            db.session.rollback()
        found += not report.is_whole
        named += report.bad_seq == expected
        assert (report.is_whole, report.bad_seq) == (False, expected), (trial, deed, report)
    assert seal_check.verify(practice, at=clock.now).is_whole
    figure("D1 tampering", n=trials, found=found, first_bad_named=named, missed=trials - found)


def test_without_checkpoints_a_chain_stamped_anew_would_pass(
    world: World, clock: Any, last: int
) -> None:
    """What the signatures are for: this is what only they can tell."""
    checkpoints.path_of(world.practice.id).unlink()
    with triggers_off():
        owner = Owner(world.sam.id, world.kim.id, random.Random(1), clock.now, last)
        owner.edit_and_stamp()
        db.session.expire_all()
        assert seal_check.verify(world.practice.id, at=clock.now).is_whole
        db.session.rollback()
