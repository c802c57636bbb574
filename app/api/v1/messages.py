"""`/api/v1/messages`: write one to a patient, read, list. What the gate refuses is still accepted: it
stands as withheld, with its reason."""

from datetime import datetime
from uuid import UUID

from flask import Response

from app import access
from app.actions import messages
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, idempotency_key, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.paging import PageQuery, read_page
from app.api.v1.schemas_messages import (
    KeyHeader,
    MessageIn,
    MessageOut,
    MessagePage,
    message_out,
)
from app.core.ids import new_id
from app.models.message import Message
from messaging.gate import Purpose


@bp.post("/messages")
@documented(
    "messages", body=MessageIn, headers=KeyHeader, gives=(202, MessageOut), refuses=(404, 409)
)
def create_message() -> Response:
    """Write a message to a patient.

    202 also when the gate withholds it: see `status` and `reason`. A seen Idempotency-Key gives the
    first message again and sends nothing.
    """
    by = viewer("messages:write")
    body, key = read_body(MessageIn), idempotency_key()

    def write(at: datetime) -> Message:
        draft = messages.Draft(
            practice_id=by.practice_id,
            patient=access.patient_for(by, body.patient_id, through="api"),
            channel=body.channel,
            body=body.body,
            purpose=Purpose.STAFF_REPLY,
            send_key=key or f"api-once:{new_id()}",
            repeatable=body.repeatable,
            send_after=body.send_after,
            not_after=body.not_after,
        )
        return messages.queue(draft, by=by.actor, at=at)

    made = message_out(written(write))
    return answer(made, 202, location=f"/api/v1/messages/{made.id}")


@bp.get("/messages")
@documented("messages", query=PageQuery, gives=(200, MessagePage))
def list_messages() -> Response:
    """List messages, both ways, in the order of their newest change."""
    by = viewer("messages:read")
    rows, following, resume = read_page(by, access.visible_messages(by), Message, "message")
    access.seen(by, [row.patient_id for row in rows if row.patient_id], through="api")
    items = [message_out(row) for row in rows]
    return answer(MessagePage(items=items, next=following, resume=resume))


@bp.get("/messages/<uuid:message_id>")
@documented("messages", gives=(200, MessageOut), refuses=(404,))
def read_message(message_id: UUID) -> Response:
    """Read a message."""
    by = viewer("messages:read")
    message = access.message_for(by, message_id)
    access.seen(by, [message.patient_id] if message.patient_id else [], through="api")
    return answer(message_out(message))
