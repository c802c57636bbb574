"""Reading a body strictly, writing in one transaction, and answering. What the database refuses because
somebody was faster is tried once more; then the action itself sees what is in the way."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from flask import Response, request
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError

from app import access
from app.api.v1.problems import FieldProblem, Refused
from app.core.clock import db_now
from app.core.db import transaction
from app.core.errors import NotFound
from app.models.viewer import Viewer

LARGEST_BODY = 256 * 1024
Body = TypeVar("Body", bound=BaseModel)
Made = TypeVar("Made")


def read_body(model: type[Body]) -> Body:
    """The JSON body as `model`. Raises 415, 413, 400 (not JSON) or 422 (not what the document says)."""
    if request.mimetype != "application/json":
        raise Refused(415, "Send Content-Type: application/json.")
    request.max_content_length = LARGEST_BODY
    return model.model_validate_json(request.get_data(cache=False))


def read_query(model: type[Body]) -> Body:
    """The query string as `model`; names may not be repeated."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        twice = FieldProblem(field=repeated[0][:100], message="Give this once.")
        raise Refused(422, "A query parameter is there more than once.", twice)
    return model.model_validate_strings(dict(request.args.items()))


def idempotency_key() -> str | None:
    """The caller's key under which a seen answer is given again, or None."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not (1 <= len(key) <= 190 and key.isascii() and key.isprintable() and " " not in key):
        wrong = FieldProblem(
            field="Idempotency-Key", message="1 to 190 printable ASCII characters."
        )
        raise Refused(422, "The Idempotency-Key cannot be used.", wrong)
    return f"api:{key}"


def check_named(
    viewer: Viewer, *, user_id: UUID | None = None, team_id: UUID | None = None
) -> None:
    """Raise 404 unless the user and the team a body names are in the practice."""
    try:
        if user_id is not None:
            access.user_for(viewer, user_id)
        if team_id is not None:
            access.team_for(viewer, team_id)
    except NotFound:
        name = "owner_id" if user_id is not None else "care_team_id"
        wrong = FieldProblem(field=name, message="There is no such record in this practice.")
        raise Refused(404, "The body names something that is not there.", wrong) from None


def written(write: Callable[[datetime], Made]) -> Made:
    """Run `write` in a transaction of its own with the time it happens at."""
    try:
        with transaction():
            return write(db_now())
    except IntegrityError:
        pass
    try:
        with transaction():
            return write(db_now())
    except IntegrityError:
        raise Refused(
            409, "Somebody wrote this at the same time. Look again, then decide."
        ) from None


def answer(body: BaseModel, status: int = 200, *, location: str | None = None) -> Response:
    response = Response(body.model_dump_json(), status, mimetype="application/json")
    if location is not None:
        response.headers["Location"] = location
    return response
