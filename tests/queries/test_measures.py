"""Our own measures over real rows: what counts, with which context, for whom, in how many statements."""

from datetime import date, timedelta
from typing import Any

import pytest

from app.actions import referrals, tasks
from app.core.db import db, transaction
from app.models.coverage import Coverage, Subgroup, SubgroupMembership
from app.models.event import SYSTEM
from app.models.referral import Referral
from app.models.task import Evidence, Task, TaskType
from app.queries.measure_filter import Span
from app.queries.measures import Result, narrowed, result, results
from app.value.own_measures import MEASURES
from app.value.rates import Verdict
from tests.conftest import START, Clock
from tests.phones import Phones
from tests.statements import reads
from tests.world import World

ZONE = "America/Los_Angeles"
MEDICATION, APPOINTMENT = TaskType.MEDICATION_RECEIVED, TaskType.APPOINTMENT_KEPT


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


def span(clock: Clock, **more: Any) -> Span:
    return Span(date(2026, 3, 1), date(2026, 3, 31), ZONE, clock.now, **more)


def run(world: World, clock: Clock, key: str) -> Result:
    db.session.expire_all()
    return result(world.system, span(clock), key)


def counts(found: Result) -> tuple[int, int, int, int]:
    """Numerator, denominator, unknown, exclusions."""
    return (found.rate.numerator, found.rate.denominator, found.rate.unknown, found.rate.excluded)


def follow_up(patient: Any, kind: TaskType, clock: Clock, **more: Any) -> Task:
    with transaction():
        return tasks.create(db.session.merge(patient), kind, by=SYSTEM, at=clock.now, **more)


def close(task: Task, clock: Clock, outcome: str, evidence: Evidence | None) -> None:
    with transaction():
        tasks.complete(
            db.session.merge(task),
            outcome=outcome,
            evidence=evidence,
            by=SYSTEM,
            at=clock.now,
            reason="Has it at home" if outcome == "not_needed" else None,
        )


def referred(world: World, clock: Clock, patient: Any) -> Referral:
    with transaction():
        return referrals.create(db.session.merge(patient), reason="Heart", by=SYSTEM, at=clock.now)


def tell(world: World, clock: Clock, referral: Referral) -> None:
    with transaction():
        referrals.record_update(
            db.session.merge(referral), how="phone", told_to="Front desk", body="In touch.",
            told_at=clock.now, by=world.viewer(world.ana), at=clock.now,
        )  # fmt: skip


def test_t3_3_the_pcp_is_told_by_the_seventh_day_where_the_practice_is(
    world: World, clock: Clock
) -> None:
    first, second, open_one = (
        referred(world, clock, p) for p in (world.sam, world.rosa, world.kim)
    )
    clock.advance(days=7, hours=13, minutes=59)  # 10 March, 11.59 p.m. there, in summer time
    tell(world, clock, first)
    assert counts(run(world, clock, "pcp-update-within-week")) == (1, 3, 2, 0)
    clock.advance(minutes=2)
    tell(world, clock, second)
    found = run(world, clock, "pcp-update-within-week")
    assert counts(found) == (1, 3, 0, 0)
    assert {c.id for c in narrowed(found, by="", group="", verdict="met")} == {str(first.id)}
    late = {c.id for c in narrowed(found, by="", group="", verdict="not_met")}
    assert late == {str(second.id), str(open_one.id)}


def test_a_referral_nobody_needs_any_more_belongs_in_no_rate(world: World, clock: Clock) -> None:
    referral = referred(world, clock, world.sam)
    close(
        db.session.query(Task).filter_by(referral_id=referral.id).one(), clock, "not_needed", None
    )
    for key in ("pcp-update-within-week", "patient-contacted-within-week"):
        assert counts(run(world, clock, key)) == (0, 0, 0, 1)


def test_patient_contact_is_another_measure_than_telling_the_pcp(
    world: World, clock: Clock, phones: Phones
) -> None:
    referred(world, clock, world.sam)
    phones.deliver_all()
    phones.text(world.sam, "1")
    assert counts(run(world, clock, "patient-contacted-within-week")) == (1, 1, 0, 0)
    assert counts(run(world, clock, "pcp-update-within-week")) == (0, 1, 1, 0)


def test_t3_2_a_sent_or_delivered_text_is_no_success(
    world: World, clock: Clock, phones: Phones
) -> None:
    phones.ask(world.sam, MEDICATION)
    attested, confirmed = (follow_up(p, MEDICATION, clock) for p in (world.rosa, world.kim))
    missed, moot = (follow_up(p, MEDICATION, clock) for p in (world.lee, world.tom))
    close(attested, clock, "received", Evidence.STAFF_ATTESTED)
    close(confirmed, clock, "received", Evidence.PARTNER_CONFIRMED)
    close(missed, clock, "not_received", Evidence.PATIENT_CONFIRMED)
    close(moot, clock, "not_needed", Evidence.PATIENT_CONFIRMED)
    assert counts(run(world, clock, "medication-received")) == (1, 4, 2, 1)
    phones.text(world.sam, "1")
    assert counts(run(world, clock, "medication-received")) == (2, 4, 1, 1)


def test_t5_4_it_times_contact_and_keeping_and_shows_who_waits(
    world: World, clock: Clock, phones: Phones
) -> None:
    task = phones.ask(world.sam, APPOINTMENT)
    follow_up(world.rosa, APPOINTMENT, clock)
    clock.advance(days=2)
    phones.text(world.sam, "1")
    assert db.session.get_one(Task, (task.practice_id, task.id)).outcome == "kept"
    clock.advance(days=1)
    kept = run(world, clock, "request-to-kept").waits
    contact = run(world, clock, "request-to-contact").waits
    assert kept is not None
    assert contact is not None
    assert (kept.finished, kept.median, kept.censored, kept.longest_open) == (1, 2.0, 1, 3.0)
    assert (contact.finished, contact.median, contact.censored) == (1, 2.0, 1)


def test_a_question_counts_as_answered_when_the_patient_wrote_in_a_week(
    world: World, clock: Clock, phones: Phones
) -> None:
    for patient in (world.sam, world.rosa):
        phones.ask(patient, MEDICATION)
    follow_up(world.olga, MEDICATION, clock)  # opted out: her question never leaves
    assert counts(run(world, clock, "reply"))[:3] == (0, 2, 2)
    phones.text(world.sam, "what is this about?")
    clock.advance(days=8)
    phones.text(world.rosa, "1")
    found = run(world, clock, "reply")
    assert counts(found)[:3] == (1, 2, 0)
    by_language = {name: each.rate for name, each in found.by("language").items()}
    assert (by_language["en"].met, by_language["es"].met) == (1, 0)
    assert list(found.by("zone")) == [ZONE]


def test_t5_5_context_is_that_of_the_day_not_of_today(world: World, clock: Clock) -> None:
    follow_up(world.sam, MEDICATION, clock)
    with transaction():
        held = db.session.query(SubgroupMembership).filter_by(patient_id=world.sam.id).one()
        held.to_on = clock.now.date()
        new = Subgroup(practice_id=world.practice.id, code="complex", name="Complex")
        db.session.add(new)
        db.session.flush()
        db.session.add(SubgroupMembership(
            practice_id=world.practice.id, patient_id=world.sam.id, subgroup_id=new.id,
            from_on=clock.now.date() + timedelta(days=1)))  # fmt: skip
        covered = db.session.query(Coverage).filter_by(patient_id=world.sam.id).one()
        covered.to_on = clock.now.date()
    clock.advance(days=2)
    follow_up(world.sam, MEDICATION, clock)
    found = run(world, clock, "medication-received")
    assert {g: r.rate.denominator for g, r in found.by("subgroup").items()} == {
        "Chronic conditions": 1, "Complex": 1}  # fmt: skip
    assert list(found.by("payer")) == ["Cascade Health Plan", None]
    assert list(found.by("month")) == ["2026-03"]


def test_days_are_the_practices(world: World, clock: Clock) -> None:
    clock.set(START.replace(month=4, day=1, hour=6))  # still 31 March there
    follow_up(world.sam, MEDICATION, clock)
    assert counts(run(world, clock, "medication-received")) == (0, 1, 1, 0)


def test_others_count_what_they_see_and_an_analyst_the_practice(world: World, clock: Clock) -> None:
    follow_up(world.sam, MEDICATION, clock)
    follow_up(world.tom, MEDICATION, clock)
    seen = {
        user.name: result(world.viewer(user), span(clock), "medication-received").rate.denominator
        for user in (world.ana, world.ben, world.lea, world.anton, world.cara)
    }
    assert list(seen.values()) == [1, 1, 2, 2, 0]


def test_t0_1_every_number_is_the_rows_behind_it(
    world: World, clock: Clock, phones: Phones
) -> None:
    phones.ask(world.sam, MEDICATION)
    phones.text(world.sam, "1")
    referred(world, clock, world.rosa)
    for found in results(world.system, span(clock)):
        for verdict in Verdict:
            cases = narrowed(found, by="", group="", verdict=verdict.value)
            assert len(cases) == getattr(found.rate, verdict.value)
        for dimension in ("team", "payer"):
            groups = found.by(dimension)
            assert sum(each.rate.denominator for each in groups.values()) == found.rate.denominator


def test_it_asks_the_same_number_of_times_however_many_rows(world: World, clock: Clock) -> None:
    def asked() -> int:
        with reads() as statements:
            assert len(results(world.system, span(clock))) == len(MEASURES)
        return len(statements)

    few = asked()
    for patient in (world.sam, world.rosa, world.kim):
        follow_up(patient, MEDICATION, clock)
        referred(world, clock, patient)
    db.session.expire_all()
    assert asked() <= few + 1  # the session's own first read
