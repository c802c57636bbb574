"""API tokens: made once, shown once. The directory keeps the digest, so that a bearer token finds its
practice; the token itself is stored nowhere."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.crypto import new_secret
from app.core.db import db
from app.core.errors import Invalid
from app.core.ids import parse_id
from app.models.care_team import CareTeam
from app.models.event import Actor, record
from app.models.practice import Practice
from app.models.secret import ApiToken, SecretKind, keep_secret, row_of

NOUNS = (
    "patients", "tasks", "messages", "referrals", "appointments", "medication-orders", "touchpoints",
    "exports",
)  # fmt: skip
FHIR = "fhir:read"
SCOPES = (*(f"{noun}:{verb}" for noun in NOUNS for verb in ("read", "write")), FHIR)
#: Binds a token for FHIR to one care team: `group:` and its id.
GROUP = "group:"
#: Marks the text as one of our tokens wherever it turns up, for secret scanners.
PREFIX = "touchline_"
_NOTE_USE_EVERY = timedelta(minutes=1)


def create(
    practice: Practice, name: str, scopes: Iterable[str], *, by: Actor, at: datetime
) -> tuple[ApiToken, str]:
    """The token's row and its text, which can't be shown again. Raises Invalid for an unknown scope."""
    wanted = sorted(set(scopes))
    groups = [scope for scope in wanted if scope.startswith(GROUP)]
    _check_groups(practice, groups, wanted)
    unknown = [scope for scope in wanted if scope not in SCOPES and scope not in groups]
    if unknown or not wanted:
        said = f"There is no scope {unknown[0]}." if unknown else "A token needs a scope."
        raise Invalid(f"{said} Scopes are {', '.join(SCOPES)}.", field="scope")
    text = PREFIX + new_secret()
    token = ApiToken(
        practice_id=practice.id, name=name.strip() or "token", scopes=wanted, created_at=at
    )
    db.session.add(token)
    db.session.flush()
    keep_secret(text, SecretKind.API_TOKEN, token)
    record(token, "token.created", by=by, at=at, scopes=wanted)
    return token, text


def _check_groups(practice: Practice, groups: list[str], wanted: list[str]) -> None:
    """Every other scope reads the whole practice, so that a bound token has none beside FHIR's."""
    if not groups:
        return
    if len(groups) > 1 or wanted != sorted([FHIR, *groups]):
        raise Invalid(
            f"A token bound to one group has the scope {FHIR} and no other.", field="scope"
        )
    team_id = parse_id(groups[0].removeprefix(GROUP))
    if team_id is None or db.session.get(CareTeam, (practice.id, team_id)) is None:
        raise Invalid("The practice has no care team with this id.", field="scope")


def revoke(token: ApiToken, *, by: Actor, at: datetime) -> None:
    """End a token; it works no more from the next request on."""
    if token.revoked_at is None:
        token.revoked_at = at
        record(token, "token.revoked", by=by, at=at)


def find_token(text: str) -> ApiToken | None:
    """The token in force behind a bearer text, or None. Enters its practice."""
    token = row_of(text, SecretKind.API_TOKEN, ApiToken)
    return token if token is not None and token.revoked_at is None else None


def note_use(token: ApiToken, *, at: datetime) -> bool:
    """Remember when the token was last used, to the minute. False when that is known already."""
    if token.last_used_at is not None and at - token.last_used_at < _NOTE_USE_EVERY:
        return False
    token.last_used_at = at
    return True
