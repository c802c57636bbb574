"""How a call ends: what putting it through came to, and whom staff say it was."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions import refiling
from app.core.db import db, transaction
from app.models.conversation import ConversationKind
from app.models.incoming_call import IncomingCall
from app.models.touchpoint import Touchpoint
from app.queries.who_suggestions import suggested
from messaging.calls import CallEnd
from tests.conftest import Clock
from tests.phones import Phones
from tests.web.webhooks.calling import VOICE, call_form, call_of, dial_form, end, ring, said
from tests.web.webhooks.signing import counted, signed
from tests.world import World

STRANGER = "+15035550177"


def test_it_closes_the_card_of_an_answered_call(
    client: FlaskClient, world: World, phones: Phones, clock: Clock
) -> None:
    form = call_form(world, world.phone(world.sam))
    ring(client, form)
    clock.advance(minutes=4)
    answer = end(client, form, "completed", 182)
    assert (answer.status_code, said(answer)) == (200, [])
    assert phones.thread(world.sam).waiting_since is None
    call = call_of(form)
    assert (call.end, call.seconds, call.ended_at) == (CallEnd.ANSWERED, 182, clock.now)
    assert counted(Touchpoint) == 1


@pytest.mark.parametrize(
    ("status", "kept"),
    [("no-answer", CallEnd.NO_ANSWER), ("busy", CallEnd.BUSY), ("failed", CallEnd.FAILED),
     ("canceled", CallEnd.NO_ANSWER)],
)  # fmt: skip
def test_it_keeps_the_card_of_a_call_nobody_answered(
    client: FlaskClient, world: World, phones: Phones, clock: Clock, status: str, kept: CallEnd
) -> None:
    form = call_form(world, world.phone(world.rosa))
    ring(client, form)
    answer = end(client, form, status)
    assert "una persona le llamará" in said(answer)[0][1]
    assert phones.thread(world.rosa).waiting_since == clock.now
    assert call_of(form).end is kept


def test_it_hears_the_first_end_only(client: FlaskClient, world: World, phones: Phones) -> None:
    form = call_form(world, world.phone(world.sam))
    ring(client, form)
    answers = [end(client, form, "no-answer").text for _ in range(2)]
    assert answers[0] == answers[1]
    end(client, form, "completed", 60)
    assert call_of(form).end is CallEnd.NO_ANSWER
    assert phones.thread(world.sam).waiting_since is not None
    assert len(phones.events("call.ended")) == 1


def test_it_ends_the_wait_of_every_call_once_she_was_reached(
    client: FlaskClient, world: World, phones: Phones, clock: Clock
) -> None:
    missed, answered = (call_form(world, world.phone(world.sam)) for _ in range(2))
    ring(client, missed)
    end(client, missed, "busy")
    clock.advance(minutes=5)
    ring(client, answered)
    end(client, answered, "completed", 90)
    assert phones.thread(world.sam).waiting_since is None


def test_it_still_waits_for_what_she_wrote(
    client: FlaskClient, world: World, phones: Phones, clock: Clock
) -> None:
    phones.text(world.sam, "I have a question about my visit")
    wrote = clock.now
    clock.advance(minutes=5)
    form = call_form(world, world.phone(world.sam))
    ring(client, form)
    end(client, form, "completed", 90)
    assert phones.thread(world.sam).waiting_since == wrote


def test_it_refuses_the_end_of_another_call_or_line(
    client: FlaskClient, world: World, phones: Phones
) -> None:
    mine, other = (call_form(world, world.phone(each)) for each in (world.sam, world.rosa))
    ring(client, mine)
    ring(client, other)
    path = f"{VOICE}/{call_of(other).id}/end"
    assert signed(client, path, dial_form(mine, "completed", 9)).status_code == 403
    unknown = f"{VOICE}/01900000-0000-7000-8000-000000000000/end"
    assert signed(client, unknown, dial_form(mine, "completed", 9)).status_code == 403
    assert call_of(other).end is None
    assert phones.thread(world.rosa).waiting_since is not None


def test_it_gives_the_calls_to_whom_staff_say_it_was(
    client: FlaskClient, world: World, phones: Phones, clock: Clock
) -> None:
    ring(client, call_form(world, STRANGER))
    called = clock.now
    clock.advance(hours=1)
    with transaction():
        [intake] = phones.intakes()
        refiling.resolve_intake(intake, world.sam, by=world.system.actor, at=clock.now)
    thread = phones.thread(world.sam)
    assert thread.waiting_since == called
    [call] = db.session.scalars(select(IncomingCall)).all()
    assert (call.conversation_id, call.patient_id) == (thread.id, world.sam.id)
    [row] = db.session.scalars(select(Touchpoint)).all()
    assert (row.patient_id, row.started_at, row.recorded_at) == (world.sam.id, called, clock.now)


def test_it_lets_staff_file_a_hidden_call(
    client: FlaskClient, world: World, phones: Phones, clock: Clock
) -> None:
    ring(client, call_form(world, "anonymous"))
    [intake] = phones.intakes()
    assert suggested(world.viewer(world.ana), intake, today=clock.now.date()).people == []
    with transaction():
        intake = db.session.merge(intake)
        refiling.resolve_intake(intake, world.sam, by=world.system.actor, at=clock.now)
    assert world.number(world.sam).e164 == "+15035550102"  # still the only one
    assert phones.thread(world.sam).waiting_since == clock.now
    assert phones.thread(world.sam).kind is ConversationKind.PATIENT
