"""Who will get a text to a list, who waits, who will not and why: said by the very gate that decides when it
is sent, without a word being written."""

import time
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.actions import consents, list_preview, lists, patients, send_facts, send_facts_many
from app.actions.list_plan import Plan
from app.core.db import db, transaction
from app.models.consent import ConsentHow
from app.models.contact_point import ContactPoint, NumberState
from app.models.conversation import Conversation
from app.models.event import SYSTEM, Event
from app.models.message import Channel, Message
from app.models.patient import Patient, PatientStatus
from app.models.practice import Line, Practice
from messaging.delivery import MessageStatus
from tests.actions.claims import claim
from tests.actions.drafts import NIGHT, queue_to
from tests.actions.list_sends import WORDS, crowd, everyone, leave, messages_of, send
from tests.databases import KIND
from tests.statements import reads
from tests.world import Casting, World, look_again
from workers import lists as sweep

#: People of a big list; their statements are counted in a test of its own, on both databases.
CROWD = 2000 if KIND == "sqlite" else 500


def odd_people(world: World, clock) -> list[Patient]:
    """One for each thing that may stand in the way, beside the usual cast."""
    cast = Casting(world.practice, clock.now)
    with transaction():
        made = {
            name: cast.patient(
                f"P-{i}", f"{name} Odd", f"+1503555{3000 + i}", consent=name != "Nora"
            )
            for i, name in enumerate(
                ("Nora", "Dan", "Pia", "Abe", "Liv", "Pam", "Ria", "Max", "Una", "Cal")
            )
        }
        made["Dan"].status = PatientStatus.DO_NOT_CONTACT
        made["Pia"].automation_paused_at = clock.now
        made["Abe"].status = PatientStatus.ADMITTED
        made["Pam"].preferred_channel = "portal"
        made["Ria"].preferences = {"best_time": "evening"}
        made["Una"].language = "vi"
        db.session.flush()
        world.number(made["Liv"]).state = NumberState.LANDLINE
        points = select(ContactPoint).where(ContactPoint.patient_id == made["Max"].id)
        db.session.scalars(points).one().ended_at = clock.now
        narrow = consents.Said(ConsentHow.PHONE, "No texts about care", purpose="care_navigation")
        consents.withdraw(made["Cal"], None, narrow, by=SYSTEM, at=clock.now)
    with transaction():  # Gus's yes is for any number: the phone he shares needs one for itself
        gus = made["Gus"] = patients.create(
            world.practice, mrn="P-10", given_name="Gus", family_name="Odd", language="en",
            birth_date=date(1957, 3, 9), phone=world.phone(world.lee), postal_code="97205",
            subgroup=None, care_team_id=None, sms_consent=None, by=SYSTEM, at=clock.now,
        )  # fmt: skip
        consents.give(gus, None, consents.Said(ConsentHow.PHONE, "Yes"), by=SYSTEM,
                      at=clock.now + timedelta(seconds=1))  # fmt: skip
    return [*everyone(world), *made.values()]


def preview(world: World, people, at, **plan) -> list_preview.Preview:
    look_again()
    ids = [each.id for each in people]
    found = list(db.session.scalars(select(Patient).where(Patient.id.in_(ids))))
    practice = db.session.get_one(Practice, world.practice.id)
    return list_preview.preview(practice, found, Plan(**{"words": WORDS, **plan}), at=at)


def told(groups) -> dict[str, set[str]]:
    return {group.reason: {p.patient.given_name for p in group.people} for group in groups}


def test_it_groups_people_by_the_gates_own_reasons(world: World, clock) -> None:
    found = preview(world, odd_people(world, clock), clock.now)
    assert told(found.now) == {"ok": {"Rosa", "Sam", "Kim", "Lee", "Tom", "Pam"}}
    assert told(found.later) == {"preferred_time": {"Ria"}}
    assert told(found.never) == {
        "opted_out": {"Olga"},
        "no_consent": {"Nora", "Cal"},
        "do_not_contact": {"Dan"},
        "patient_inactive": {"Abe"},
        "automation_paused": {"Pia"},
        "landline": {"Liv"},
        "no_number": {"Max"},
        "number_shared_unconfirmed": {"Gus"},
        "no_words": {"Una"},
    }
    assert found.missing == {"vi": 1}
    assert (found.reached, found.total) == (7, 17)
    (group,) = found.later
    assert group.first == group.last == clock.now + timedelta(hours=8)  # 5 pm where Ria is


def test_what_is_sent_is_what_was_shown(world: World, clock) -> None:
    people = odd_people(world, clock)
    found = preview(world, people, clock.now)
    shown = {}
    for group in (*found.now, *found.later, *found.never):
        shown |= {p.patient.given_name: (group.decision.value, group.reason) for p in group.people}
    shown.pop("Una")  # nothing is written for her
    row = send(world, people, clock.now)
    sweep.run()
    sent = messages_of(row)
    assert {n: (m.verdict["decision"], m.verdict["reason"]) for n, m in sent.items()} == shown
    segments = sum(m.segments or 0 for m in sent.values() if m.status is not MessageStatus.WITHHELD)
    assert segments == found.segments


@pytest.mark.parametrize("purpose", ["care_navigation", "appointment"])
def test_it_tells_the_gate_the_same_facts_one_by_one_and_all_at_once(
    world: World, clock, purpose: str
) -> None:
    people = odd_people(world, clock)
    for patient in (world.sam, world.kim):  # somebody at the cap, on two lines
        queue_to(patient, clock.now)
    for claimed in claim(world, clock.now):
        leave(claimed, clock.now)
    with transaction():
        extra = Line(practice_id=world.practice.id, number="+15035550177", created_at=clock.now)
        db.session.add(extra)
    look_again()
    practice = db.session.get_one(Practice, world.practice.id)
    around = send_facts_many.look_around(practice, people, purpose=purpose, at=clock.now)
    for patient in people:
        if patient.preferred_channel == "portal":
            continue
        number = around.numbers.get(patient.id)
        row = Message(
            practice_id=practice.id, patient_id=patient.id, channel=Channel.SMS, purpose=purpose,
            is_automated=True, solicited=False, confirms_opt_out=False,
            phone_number_id=number.id if number else None, line_id=around.lines[patient.id].id,
        )  # fmt: skip
        alone = send_facts.facts_for(row, at=clock.now)
        assert around.known(row, patient, at=clock.now) == alone, patient.name


def test_it_says_until_when_the_night_and_the_cap_hold_it(world: World, clock) -> None:
    found = preview(world, [world.sam, world.rosa], clock.set(NIGHT))
    (group,) = found.later
    assert (group.reason, group.first) == ("quiet_hours", NIGHT.replace(hour=16, minute=0))
    queue_to(world.sam, clock.set(NIGHT + timedelta(hours=12)))
    for claimed in claim(world, clock.now):
        leave(claimed, clock.now)
    found = preview(world, [world.sam, world.rosa], clock.advance(minutes=5))
    assert told(found.now) == {"ok": {"Rosa"}}
    assert told(found.later) == {"frequency_cap": {"Sam"}}


def test_it_names_somebody_whose_words_cannot_be_filled_in(world: World, clock) -> None:
    with transaction():
        db.session.merge(world.sam).given_name = " "
    found = preview(world, [world.sam, world.tom], clock.now)
    assert told(found.never) == {"broken": {" "}}
    assert (found.missing, found.reached) == ({}, 1)


def test_it_counts_segments_time_and_shared_phones(world: World, clock) -> None:
    with transaction():
        line = db.session.get_one(Line, (world.practice.id, world.line.id))
        line.segments_per_second = 0.5
    people = [world.sam, world.kim, world.lee]
    found = preview(world, people, clock.now)
    assert (found.segments, found.seconds, found.sharing) == (3, 6.0, 2)
    assert preview(world, people, clock.now, per_minute=2).seconds == 90


def test_it_writes_nothing(world: World, clock) -> None:
    people = odd_people(world, clock)
    tables = (Message, Conversation, Event)
    before = [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
    preview(world, people, clock.now)
    assert not db.session.new
    assert not db.session.dirty
    after = [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
    assert after == before


def test_it_asks_a_constant_number_of_statements(world: World, clock) -> None:
    def count(people) -> int:
        look_again()
        db.session.scalars(select(Patient)).all()
        practice = db.session.get_one(Practice, world.practice.id)
        with reads() as seen:
            list_preview.preview(practice, people, Plan(WORDS), at=clock.now)
        return len(seen)

    few = count(everyone(world))
    assert count([*everyone(world), *crowd(world, clock, 40)]) == few <= 9


def test_it_previews_and_starts_a_crowd(world: World, clock, figure) -> None:
    people = crowd(world, clock, CROWD)
    look_again()
    began = time.process_time()
    found = preview(world, people, clock.now)
    took = time.process_time() - began
    assert found.count(found.now) == CROWD
    began = time.process_time()
    with transaction():
        lists.start(
            db.session.get_one(Practice, world.practice.id), Plan(WORDS), [p.id for p in people],
            audience={"words": "Everyone", "args": {}}, key="crowd", by=SYSTEM, at=clock.now,
        )  # fmt: skip
    figure("preview of a list", people=CROWD, seconds=round(took, 2),
           confirmed_in=round(time.process_time() - began, 2))  # fmt: skip
