"""Many texts of a practice in one claim, one commit of attempts, one record of answers: the gate is told the
same as for each alone, nobody is counted past their cap, and what breaks takes nobody with it."""

from dataclasses import asdict
from datetime import datetime

import pytest
from sqlalchemy import and_, func, select, update

from app.actions import outbox, outbox_attempt, outbox_settle, patients, send_facts
from app.actions.send_facts_together import read_together
from app.actions.touchpoint_context import Context, context_of
from app.core.db import db, transaction
from app.models.event import SYSTEM
from app.models.message import Direction, Message, SendAttempt
from app.models.patient import Patient, PatientStatus
from app.models.touchpoint import Touchpoint
from messaging.carriers.base import InDoubt, NotAccepted, Receipt, Refused
from messaging.delivery import MessageStatus
from tests.actions.claims import claim, stop
from tests.actions.drafts import fresh, queue_to
from tests.actions.list_sends import leave
from tests.actions.test_caregiver_texts import asked, helper
from tests.actions.test_list_preview import odd_people
from tests.phones import new_sid
from tests.statements import reads
from tests.world import Casting, World, look_again

_ITS_PATIENT = and_(
    Patient.practice_id == Touchpoint.practice_id, Patient.id == Touchpoint.patient_id
)


def test_it_tells_the_gate_the_same_facts_alone_and_together(world: World, clock) -> None:
    for patient in (world.rosa, world.kim):
        queue_to(patient, clock.now)
    for claimed in claim(world, clock.now):
        leave(claimed, clock.now)
    helper(world, clock)
    asked(world, clock)  # a text to the caregiver
    for patient in odd_people(world, clock):
        for purpose, automated in (("care_navigation", True), ("appointment", False)):
            queue_to(patient, clock.now, send_key=f"{patient.id}:{purpose}", purpose=purpose,
                     is_automated=automated)  # fmt: skip
    look_again()
    ours = [Message.practice_id == world.practice.id, Message.direction == Direction.OUTBOUND]
    rows = db.session.scalars(select(Message).where(*ours)).all()
    assert any(row.related_person_id for row in rows)
    together = read_together(world.practice.id, rows, at=clock.now)
    waiting = [row for row in rows if row.status is not MessageStatus.SENT]
    assert len(waiting) > 25
    for row in waiting:
        assert together.known(row, at=clock.now) == send_facts.facts_for(row, at=clock.now), (
            row.body
        )


def test_it_leaves_a_second_text_to_one_person_to_the_next_round(world: World, clock) -> None:
    for n in range(2):
        queue_to(world.sam, clock.now, send_key=f"sam:{n}", solicited=True)
    queue_to(world.rosa, clock.now)
    first = claim(world, clock.now)
    assert len({each.outgoing.recipient for each in first}) == len(first) == 2
    assert claim(world, clock.now) == []  # one to a number is on its way


def test_it_counts_the_first_automated_text_before_it_asks_about_the_second(
    world: World, clock
) -> None:
    """The cap is one a day: written before anything left, both might leave."""
    both = [queue_to(world.sam, clock.now, send_key=f"sam:{n}") for n in range(2)]
    queue_to(world.rosa, clock.now)
    for claimed in claim(world, clock.now):
        leave(claimed, clock.now)
    assert claim(world, clock.now) == []
    waits = fresh(both[1])
    assert (waits.status, waits.verdict["reason"]) == (MessageStatus.QUEUED, "frequency_cap")


def test_a_row_that_breaks_takes_no_other_with_it(world: World, clock) -> None:
    whole = [queue_to(each, clock.now) for each in (world.rosa, world.kim)]
    broken = queue_to(world.sam, clock.now)
    with transaction() as session:
        session.execute(update(Message).where(Message.id == broken.id).values(purpose="nonsense"))
    assert {each.message_id for each in claim(world, clock.now)} == {row.id for row in whole}
    assert fresh(broken).status is MessageStatus.FAILED


def test_it_hears_a_stop_and_a_loss_for_each_before_they_leave(world: World, clock) -> None:
    messages = {
        each: queue_to(each, clock.now) for each in (world.rosa, world.kim, world.sam, world.tom)
    }
    claims = claim(world, clock.now)
    assert len(claims) == 4
    stop(world, world.rosa, clock.now)
    with transaction():
        db.session.merge(world.kim).status = PatientStatus.DECEASED
        patients.update(db.session.merge(world.tom), by=SYSTEM, at=clock.now, phone="+15035550188")
    with transaction():
        leaving = outbox_attempt.start_attempts(claims, at=clock.now)
    assert [each.message_id for each in leaving] == [messages[world.sam].id]
    assert db.session.scalars(select(SendAttempt.message_id)).all() == [messages[world.sam].id]
    assert fresh(messages[world.rosa]).withheld_reason == "opted_out"
    assert fresh(messages[world.kim]).withheld_reason == "patient_inactive"
    assert fresh(messages[world.tom]).withheld_reason == "number_not_theirs"


def test_a_claim_that_somebody_took_over_does_not_leave(world: World, clock) -> None:
    for each in (world.rosa, world.sam):
        queue_to(each, clock.now)
    claims = claim(world, clock.now)
    with transaction() as session:
        anew = update(Message).where(Message.id == claims[0].message_id)
        session.execute(anew.values(claim_epoch=Message.claim_epoch + 1))
    with transaction():
        leaving = outbox_attempt.start_attempts(claims, at=clock.now)
    assert leaving == claims[1:]


def test_it_records_each_answer_by_itself(world: World, clock) -> None:
    people = (world.rosa, world.sam, world.kim, world.tom)
    messages = [queue_to(each, clock.now) for each in people]
    claims = {each.message_id: each for each in claim(world, clock.now)}
    mine = [claims[each.id] for each in messages]
    with transaction():
        assert len(outbox_attempt.start_attempts(mine, at=clock.now)) == 4
    said = (Receipt("SM" + "1" * 32, MessageStatus.SENT, 1), InDoubt(), NotAccepted(),
            Refused(code=21614))  # fmt: skip
    with transaction():
        outbox_settle.settle_all(list(zip(mine, said, strict=True)), at=clock.now)
    assert [fresh(each).status for each in messages] == [
        MessageStatus.SENT, MessageStatus.IN_DOUBT, MessageStatus.QUEUED, MessageStatus.FAILED,
    ]  # fmt: skip
    outcomes = dict(db.session.execute(select(SendAttempt.message_id, SendAttempt.outcome)).all())
    assert [outcomes[each.id] for each in messages] == [
        "accepted", "in_doubt", "not_accepted", "refused",
    ]  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 1


@pytest.mark.parametrize("again", [1, 2])
def test_the_same_answers_told_twice_change_nothing(world: World, clock, again: int) -> None:
    for each in (world.rosa, world.sam):
        queue_to(each, clock.now)
    claims = claim(world, clock.now)
    with transaction():
        outbox_attempt.start_attempts(claims, at=clock.now)
    taken = [(each, Receipt(f"SM{n}" + "1" * 31, MessageStatus.SENT, 1))
             for n, each in enumerate(claims)]  # fmt: skip
    for _ in range(1 + again):
        with transaction():
            outbox_settle.settle_all(taken, at=clock.now)
    assert db.session.scalar(select(func.count()).select_from(Touchpoint)) == 2


def test_it_reads_as_often_for_many_texts_as_for_two(world: World, clock) -> None:
    cast = Casting(world.practice, clock.now)
    with transaction():
        many = [cast.patient(f"M-{n}", f"Mo {n}", f"+1503555400{n}") for n in range(6)]
    counts = []
    for people in ((world.rosa, world.sam), many):
        for each in people:
            queue_to(each, clock.now, solicited=True)
        with reads() as seen, transaction():
            claims, _ = outbox.claim_due(world.practice.id, at=clock.now, limit=20)
        assert len(claims) == len(people)
        with reads() as more, transaction():
            outbox_attempt.start_attempts(claims, at=clock.now)
        said = [(each, Receipt(new_sid(), MessageStatus.SENT, 1)) for each in claims]
        with reads() as last, transaction():
            outbox_settle.settle_all(said, at=clock.now)
        counts.append(len(seen) + len(more) + len(last))
    assert counts[0] == counts[1]
    _check_contexts(world, at=clock.now)


def _check_contexts(world: World, *, at: datetime) -> None:
    """Each row of the ledger has frozen what its own person's would have, had it been alone."""
    rows = db.session.execute(select(Touchpoint, Patient).join(Patient, _ITS_PATIENT)).all()
    assert len({row.consent_id for row, _ in rows}) == len(rows) == 8
    for row, patient in rows:
        alone = context_of(patient, world.practice, channel="sms", at=at)
        assert {name: getattr(row, name) for name in Context.__slots__} == asdict(alone)
