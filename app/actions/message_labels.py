"""Marking one message as handled with care: a text outside of any task, of a patient whose other texts are
like everybody's."""

from datetime import datetime

from app.models.event import Actor, record
from app.models.message import Message
from app.models.sensitivity import label_named


def label(message: Message, *, sensitivity: str | None, by: Actor, at: datetime) -> bool:
    """Say how it must be handled; an empty label takes it off. False when nothing changes.

    Its row in the ledger keeps what it was written with; under Part 2 it stays here all the same.
    """
    new, old = label_named(sensitivity), message.sensitivity
    if new == old:
        return False
    message.sensitivity = new
    record(message, "message.labelled", by=by, at=at, sensitivity=new, was=old)
    return True
