"""`/api/v1/messages`: write one to a patient, read, list. What the gate refuses is still accepted: it
stands as withheld, with its reason."""

from datetime import datetime
from uuid import UUID

from flask import Response

from app import access
from app.actions import messages
from app.actions.reply_preview import problems_of
from app.api.v1.auth import viewer
from app.api.v1.blueprint import bp
from app.api.v1.exchange import answer, idempotency_key, read_body, written
from app.api.v1.openapi import documented
from app.api.v1.paging import PageQuery, read_page
from app.api.v1.schemas import WarningOut
from app.api.v1.schemas_messages import (
    KeyHeader,
    MessageIn,
    MessageMade,
    MessageOut,
    MessagePage,
    message_out,
)
from app.core.ids import new_id
from app.models.message import Message
from messaging.gate import Purpose


@bp.post("/messages")
@documented(
    "messages", body=MessageIn, headers=KeyHeader, gives=(202, MessageMade), refuses=(404, 409)
)
def create_message() -> Response:
    """Write a message to a patient.

    202 also when the gate withholds it: see `status` and `reason`. `warnings` says what the wording risks;
    nothing is held back for them. A seen Idempotency-Key gives the
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

    message = written(write)
    made = MessageMade(**message_out(message).model_dump(), warnings=warnings_of(message))
    return answer(made, 202, location=f"/api/v1/messages/{made.id}")


def warnings_of(message: Message) -> list[WarningOut]:
    """The same lint as the reply box."""
    found = problems_of(message.body, message.channel, message.patient, message.practice_id)
    return [WarningOut(field="body", code=each.code, message=each.text) for each in found]


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
