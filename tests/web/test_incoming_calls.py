"""A call that came in, as staff see it: in the list, in the thread, until somebody called back."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import call_undo, calls, incoming_calls
from app.core.db import db, transaction
from app.models.conversation import Conversation
from app.models.incoming_call import IncomingCall
from app.models.touchpoint import MinutesSource, Touchpoint
from app.queries.credited import stands
from messaging.calls import CallEnd, CallIn, DialReport
from tests.conftest import Clock
from tests.phones import Phones
from tests.statements import reads
from tests.world import World, look_again

STRANGER = "+15035550177"


def called(world: World, clock: Clock, number: str | None) -> IncomingCall:
    sid = f"CA{len(db.session.scalars(select(IncomingCall.id)).all()):032x}"
    with transaction():
        call = CallIn(sid, number, world.line.number)
        return incoming_calls.receive(world.line, call, at=clock.now)


def logged(world: World, clock: Clock, outcome: str) -> Touchpoint | None:
    with transaction():
        return calls.log_call(
            world.sam, by=world.viewer(world.ana), at=clock.now, task_ids=[], outcome=outcome,
            started_at=clock.now - timedelta(minutes=3), seconds=120,
            minutes_source=MinutesSource.MANUAL,
        )  # fmt: skip


def test_it_stands_in_the_inbox_with_its_time(ana: FlaskClient, world: World, clock: Clock) -> None:
    clock.advance(minutes=12)
    called(world, clock, world.phone(world.sam))
    page = ana.get("/inbox").text
    assert "Sam Porter" in page
    assert "Call back" in page
    assert "today 9:12 am" in page
    thread = db.session.scalars(select(Conversation)).one()
    page = ana.get(f"/inbox/{thread.id}").text
    assert "Called at 9:12 am, please call back" in page
    assert 'href="tel:+15035550102"' in page
    assert f"/patients/{world.sam.id}/calls/new" in page


def test_it_says_that_it_was_answered(ana: FlaskClient, world: World, clock: Clock) -> None:
    call = called(world, clock, world.phone(world.sam))
    with transaction():
        report = DialReport(call.provider_id, CallEnd.ANSWERED, 182)
        incoming_calls.hear_end(db.session.merge(call), report, at=clock.now)
    assert "Sam Porter" not in ana.get("/inbox").text
    page = ana.get(f"/inbox/{call.conversation_id}").text
    assert "Answered, 3:02 min" in page
    assert "please call back" not in page


def test_it_shows_a_hidden_number_as_one(ana: FlaskClient, world: World, clock: Clock) -> None:
    call = called(world, clock, None)
    assert "Hidden number" in ana.get("/inbox").text
    page = ana.get(f"/inbox/{call.conversation_id}").text
    assert "nobody can call it back" in page
    assert "tel:" not in page
    assert 'id="reply"' not in page  # nobody can write back either
    assert "They hid their number, so nobody can write or call back" in page
    people = ana.get(f"/conversations/{call.conversation_id}/people").text
    assert "Several people share" not in people


def test_it_hides_another_teams_call(world: World, clock: Clock, sign_in) -> None:
    called(world, clock, world.phone(world.sam))
    called(world, clock, STRANGER)
    page = sign_in(world.ben).get("/inbox").text
    assert "Sam Porter" not in page
    assert "(503) 555-0177" in page  # intake is everybody's


def test_it_reads_the_list_in_as_many_statements_however_many_calls(
    world: World, clock: Clock
) -> None:
    from app.queries.inbox import inbox

    called(world, clock, world.phone(world.sam))
    viewer = world.viewer(world.ana)
    with reads() as few:
        inbox(viewer, "waiting", at=clock.now)
    for number in (STRANGER, world.phone(world.rosa), world.phone(world.sam), None, None):
        called(world, clock, number)
    with reads() as many:
        inbox(viewer, "waiting", at=clock.now)
    assert len(few) == len(many) > 0


@pytest.mark.parametrize(
    ("outcome", "waits"), [("reached", False), ("left_message", True), ("no_answer", True)]
)
def test_it_waits_until_somebody_has_spoken_with_her(
    world: World, phones: Phones, clock: Clock, outcome: str, waits: bool
) -> None:
    called(world, clock, world.phone(world.sam))
    clock.advance(minutes=30)
    row = logged(world, clock, outcome)
    assert (phones.thread(world.sam).waiting_since is not None) is waits
    assert row is not None
    assert row.attempt_number == 1  # her own call is no attempt of ours


def test_it_waits_again_when_the_call_back_is_taken_back(
    world: World, phones: Phones, clock: Clock
) -> None:
    called(world, clock, world.phone(world.sam))
    began = clock.now
    clock.advance(minutes=30)
    row = logged(world, clock, "reached")
    clock.advance(minutes=1)
    with transaction():
        call_undo.take_back(db.session.merge(row), by=world.viewer(world.ana), at=clock.now)
    assert phones.thread(world.sam).waiting_since == began


def test_it_goes_on_waiting_for_what_she_wrote_after_she_called(
    world: World, phones: Phones, clock: Clock
) -> None:
    called(world, clock, world.phone(world.sam))
    clock.advance(minutes=5)
    phones.text(world.sam, "I have a question about my visit")
    wrote = clock.now
    clock.advance(minutes=5)
    logged(world, clock, "reached")
    assert phones.thread(world.sam).waiting_since == wrote


def test_it_leaves_a_wait_alone_that_no_call_began(
    world: World, phones: Phones, clock: Clock
) -> None:
    phones.text(world.sam, "I have a question about my visit")
    wrote = clock.now
    clock.advance(minutes=5)
    logged(world, clock, "reached")
    assert phones.thread(world.sam).waiting_since == wrote


def test_who_took_it_writes_it_down_as_the_same_contact(
    ana: FlaskClient, world: World, clock: Clock
) -> None:
    call, other = called(world, clock, world.phone(world.sam)), called(world, clock, None)
    here = f"/patients/{world.sam.id}/calls"
    assert f'value="{call.id}"' in ana.get(f"{here}/new").text
    data = {"outcome": "reached", "contact_party": "patient"}
    answer = ana.post(here, data=data | {"came_in": str(other.id)})
    assert answer.status_code == 404  # nobody knows whose that was
    assert ana.post(here, data=data | {"came_in": str(call.id)}).status_code == 303
    assert ana.post(here, data=data | {"came_in": str(call.id)}).status_code == 409
    assert f'value="{call.id}"' not in ana.get(f"{here}/new").text
    [row] = counted(world)
    assert (row.source_kind, row.direction, row.actor_id) == ("call", "inbound", world.ana.id)
    with transaction():
        call_undo.take_back(row, by=world.viewer(world.ana), at=clock.now)
    [row] = counted(world)
    assert (row.source_kind, row.contact_outcome) == ("refiled_call", "put_through")
    assert ana.post(here, data=data | {"came_in": "yes"}).status_code == 303
    assert [each.direction for each in counted(world)] == ["inbound", "inbound"]


def counted(world: World) -> list[Touchpoint]:
    look_again()
    rows = select(Touchpoint).where(stands(), Touchpoint.patient_id == world.sam.id)
    return list(db.session.scalars(rows))
