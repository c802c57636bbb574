"""Lists as tests send them: through the product's own steps, each in a transaction of its own."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.actions import lists
from app.actions.list_plan import Plan
from app.core.db import db, transaction
from app.models.list_send import ListRecipient, ListSend
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import Practice
from messaging.carriers.base import Receipt
from messaging.carriers.sandbox import new_provider_id
from messaging.delivery import MessageStatus
from tests.actions.claims import settle, start
from tests.conftest import Clock
from tests.world import Casting, World, look_again

WORDS = {
    "en": "Hello {patient_first_name}, this is {practice_name}, {practice_phone}. Flu shots are here.",
    "es": "Hola, {patient_first_name}: le escribe {practice_name}, {practice_phone}. Hay vacunas.",
}


def send(
    world: World, patients: Sequence[Patient], at: Any, *, key: str = "one", **plan: Any
) -> ListSend:
    """Lea sends; nothing is written but the list and its people."""
    values = {"words": WORDS, **plan}
    with transaction():
        row, _ = lists.start(
            db.session.get_one(Practice, world.practice.id), Plan(**values),
            [patient.id for patient in patients], audience={"words": "Everyone", "args": {}}, key=key,
            by=world.viewer(world.lea).actor, at=at,
        )  # fmt: skip
    return row


def again(row: ListSend) -> ListSend:
    """The list as it stands now."""
    look_again()
    return db.session.get_one(ListSend, (row.practice_id, row.id))


def messages_of(row: ListSend) -> dict[str, Message]:
    """First name → message, as they stand now."""
    look_again()
    found = db.session.execute(
        select(Patient.given_name, Message)
        .join(ListRecipient, ListRecipient.patient_id == Patient.id)
        .join(Message, Message.id == ListRecipient.message_id)
        .where(ListRecipient.list_id == row.id)
    )
    return {name: message for name, message in found}


def stop(world: World, row: ListSend, at: Any) -> lists.Stopped | None:
    with transaction():
        mine = db.session.get_one(ListSend, (row.practice_id, row.id), populate_existing=True)
        return lists.stop(mine, by=world.viewer(world.lea).actor, at=at)


def resume(world: World, row: ListSend, at: Any) -> None:
    with transaction():
        mine = db.session.get_one(ListSend, (row.practice_id, row.id), populate_existing=True)
        lists.resume(mine, by=world.viewer(world.lea).actor, at=at)


def everyone(world: World) -> list[Patient]:
    return [world.rosa, world.sam, world.kim, world.lee, world.olga, world.tom]


def crowd(world: World, clock: Clock, n: int) -> list[Patient]:
    """So many more people, each with a phone of their own."""
    cast = Casting(world.practice, clock.now)
    with transaction():
        return [cast.patient(f"C-{i}", f"Cy{i} Crowd", f"+1503555{2000 + i}") for i in range(n)]


def leave(claimed, at) -> None:
    assert start(claimed, at)
    settle(claimed, Receipt(new_provider_id(), MessageStatus.SENT, 1), at)
