"""API tokens: made once, shown once. The directory keeps the digest, so that a bearer token finds its
practice; the token itself is stored nowhere."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.crypto import digest, new_secret
from app.core.db import db, enter_practice
from app.core.errors import Invalid
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.secret import ApiToken, SecretDirectory, SecretKind

NOUNS = ("patients", "tasks", "messages", "referrals", "touchpoints")
SCOPES = tuple(f"{noun}:{verb}" for noun in NOUNS for verb in ("read", "write"))
#: Marks the text as one of our tokens wherever it turns up, for secret scanners.
PREFIX = "touchline_"
_NOTE_USE_EVERY = timedelta(minutes=1)


def create(
    practice: Practice, name: str, scopes: Iterable[str], *, by: Actor, at: datetime
) -> tuple[ApiToken, str]:
    """The token's row and its text, which can't be shown again. Raises Invalid for an unknown scope."""
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        said = f"There is no scope {unknown[0]}." if unknown else "A token needs a scope."
        raise Invalid(f"{said} Scopes are {', '.join(SCOPES)}.", field="scope")
    text = PREFIX + new_secret()
    token = ApiToken(
        practice_id=practice.id, name=name.strip() or "token", scopes=wanted, created_at=at
    )
    db.session.add(token)
    db.session.flush()
    db.session.add(
        SecretDirectory(
            digest=digest(text), kind=SecretKind.API_TOKEN, practice_id=practice.id, row_id=token.id
        )
    )
    record(token, "token.created", by=by, at=at, scopes=wanted)
    return token, text


def revoke(token: ApiToken, *, by: Actor, at: datetime) -> None:
    """End a token; it works no more from the next request on."""
    if token.revoked_at is None:
        token.revoked_at = at
        record(token, "token.revoked", by=by, at=at)


def find_token(text: str) -> ApiToken | None:
    """The token in force behind a bearer text, or None. Enters its practice."""
    found = db.session.get(SecretDirectory, digest(text))
    if found is None or found.kind is not SecretKind.API_TOKEN:
        return None
    enter_practice(found.practice_id)
    token = db.session.get(ApiToken, (found.practice_id, found.row_id))
    return token if token is not None and token.revoked_at is None else None


def note_use(token: ApiToken, *, at: datetime) -> bool:
    """Remember when the token was last used, to the minute. False when that is known already."""
    if token.last_used_at is not None and at - token.last_used_at < _NOTE_USE_EVERY:
        return False
    token.last_used_at = at
    return True
