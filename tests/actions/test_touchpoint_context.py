"""T5.5 and VALUE_RULES section 0: each row keeps the context of its own moment, never today's."""

from datetime import date, timedelta

from sqlalchemy import select, text

from app.actions import patients, seal_check, touchpoints
from app.actions.touchpoint_contact import Contact
from app.core.db import db, transaction
from app.models.coverage import Coverage
from app.models.event import SYSTEM
from app.models.touchpoint import ActorKind, MinutesSource, Touchpoint
from app.value.compositions import CURRENT
from tests.actions.test_seals import seal, triggers_off, write_rows
from tests.world import World


def entry(world: World, moment, *, at, source: str) -> Touchpoint:
    with transaction():
        row = touchpoints.write(
            Contact(
                patient=world.sam, source_kind="call", source_id=source, activity_type="call",
                channel="phone", direction="outbound", actor_kind=ActorKind.HUMAN,
                actor_id=world.ana.id, started_at=moment, ended_at=moment + timedelta(minutes=3),
                seconds=180, minutes_source=MinutesSource.MANUAL, goal="walk daily",
                sensitivity="part2",
            ),
            by=world.viewer(world.ana).actor, at=at,
        )  # fmt: skip
    assert row is not None
    return row


def test_T5_5_a_late_entry_has_the_context_of_its_own_day(world: World, clock) -> None:
    yesterday = clock.now
    with transaction():
        for payer, first, last in (("Old Plan", date(2026, 1, 1), date(2026, 3, 3)),
                                   ("New Plan", date(2026, 3, 4), None)):  # fmt: skip
            db.session.add(Coverage(
                practice_id=world.practice.id, patient_id=world.sam.id, payer=payer,
                member_id=f"{payer[:3]}-1", program="MA", from_on=first, to_on=last,
            ))  # fmt: skip
    clock.advance(days=1)
    with transaction():
        patients.update(world.sam, by=SYSTEM, at=clock.now, care_team_id=world.other_team.id,
                        setting="snf", subgroup="chronic")  # fmt: skip
    clock.advance(hours=1)
    late = entry(world, yesterday, at=clock.now, source="late")
    now = entry(world, clock.now - timedelta(minutes=5), at=clock.now, source="now")
    assert (late.care_team, late.setting, late.payer, late.member_id) == (
        "Harbor team", "home", "Old Plan", "Old-1")  # fmt: skip
    assert (now.care_team, now.setting, now.payer, now.member_id) == (
        "Pier team", "snf", "New Plan", "New-1")  # fmt: skip
    assert (late.program, late.subgroup) == ("MA", "chronic")


def test_it_keeps_who_acted_with_name_role_credential_and_npi(world: World, clock) -> None:
    name = world.ana.name
    with transaction():
        ana = db.session.merge(world.ana)
        ana.credential, ana.npi, ana.supervisor_id = "RN", "1234567893", world.lea.id
    row = entry(world, clock.now - timedelta(minutes=5), at=clock.now, source="a")
    with transaction():
        db.session.merge(world.ana).name = "Ana Newname"
    kept = db.session.scalars(select(Touchpoint).where(Touchpoint.id == row.id)).one()
    assert (kept.actor_name, kept.actor_npi, kept.actor_credential, kept.actor_role) == (
        name, "1234567893", "RN", "navigator")  # fmt: skip
    assert kept.supervisor_id == world.lea.id
    assert (kept.goal, kept.sensitivity, kept.composition) == ("walk daily", "part2", CURRENT)


def test_rows_of_an_earlier_composition_still_verify(world: World, clock) -> None:
    """What was sealed before the change keeps its fields and its hash."""
    write_rows(world, clock.now, "ab")
    with transaction() as session, triggers_off():
        session.execute(text("UPDATE touchpoint SET composition = 1, actor_name = NULL"))
    seal(world, clock.now)
    write_rows(world, clock.now, "c")
    seal(world, clock.now)
    assert seal_check.verify(world.practice.id, at=clock.now).rows == 3
