"""Two of the staff at once on a patient: how a practice counts that is dated, as an earlier file and a month
that is over keep it."""

from datetime import timedelta

from app.exports import credited
from app.exports.period import Period
from app.exports.wanted import Wanted
from app.queries.credited import Month
from app.queries.patient_minutes import patient_minutes
from tests.conftest import Clock
from tests.exports.ledgers import seal_all
from tests.web.test_patient_time import call, set_once
from tests.world import World


def test_T1_3_a_month_and_an_earlier_file_keep_how_it_was_set(world: World, clock: Clock) -> None:
    call(world, clock.now, world.sam, world.ana, 10)
    call(world, clock.now + timedelta(minutes=5), world.sam, world.lea, 10)  # five with Ana
    seal_all(world.practice.id, clock.now)
    clock.advance(minutes=10)
    practice = set_once(world, clock, False)
    clock.advance(minutes=1)
    call(world, clock.now, world.sam, world.ana, 1)
    seal_all(world.practice.id, clock.now)
    month = Month.at(clock.now, practice.time_zone)
    clock.set(month.ends_at + timedelta(days=9))
    set_once(world, clock, True)
    for as_of, once, seconds in ((2, True, 900), (3, False, 1260)):
        wanted = Wanted(Period(month.first, month.last, practice.time_zone, as_of), month.last)
        found = credited.credited_time(world.system, wanted)
        said = {"credited_seconds": seconds, "together_once": once}
        assert credited.sums(world.system, wanted, found) == said
    shown = patient_minutes(world.system, world.sam.id, day=clock.now.date())
    assert (shown.counts_together_once, shown.months[1].minutes) == (True, 21)
