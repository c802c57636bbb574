"""What a practice has set up, for its settings pages: lines, who is on call, protocols in force and API
tokens."""

from uuid import UUID

from sqlalchemy import select

from app.access import visible_users
from app.core.db import db
from app.core.errors import NotFound
from app.models.on_call import OnCall
from app.models.practice import Line
from app.models.protocol import Protocol
from app.models.secret import ApiToken
from app.models.user import User
from app.models.viewer import Viewer


def lines(viewer: Viewer) -> list[Line]:
    rows = select(Line).where(Line.practice_id == viewer.practice_id)
    return list(db.session.scalars(rows.order_by(Line.created_at, Line.id)))


def line_for(viewer: Viewer, line_id: UUID) -> Line:
    """Raises NotFound for a line that is not there or another practice's."""
    found = next((line for line in lines(viewer) if line.id == line_id), None)
    if found is None:
        raise NotFound
    return found


def on_call(viewer: Viewer) -> User | None:
    """Whom urgent words go to; None = everybody."""
    rows = visible_users(viewer).join(
        OnCall, (OnCall.practice_id == User.practice_id) & (OnCall.user_id == User.id)
    )
    return db.session.scalars(rows).one_or_none()


def protocols(viewer: Viewer) -> list[Protocol]:
    """The versions new tasks begin with."""
    rows = select(Protocol).where(Protocol.practice_id == viewer.practice_id, Protocol.is_current)
    return list(db.session.scalars(rows.order_by(Protocol.task_type)))


def tokens(viewer: Viewer) -> list[ApiToken]:
    """API tokens, those in force first. Their text is stored nowhere."""
    rows = select(ApiToken).where(ApiToken.practice_id == viewer.practice_id)
    order = (ApiToken.revoked_at.is_not(None), ApiToken.created_at.desc(), ApiToken.id)
    return list(db.session.scalars(rows.order_by(*order)))


def token(viewer: Viewer, token_id: UUID) -> ApiToken | None:
    rows = select(ApiToken).where(
        ApiToken.practice_id == viewer.practice_id, ApiToken.id == token_id
    )
    return db.session.scalars(rows).one_or_none()
