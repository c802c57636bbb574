"""Links for people without an account: made, opened, extended, revoked. Looking at a link changes nothing,
because previewers and scanners look; a button behind it opens. The secret itself is stored nowhere."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.core.crypto import new_secret
from app.core.db import db
from app.core.settings import current_settings
from app.models.event import Actor, record
from app.models.partner_link import LIFETIMES, LinkScope, PartnerLink
from app.models.secret import SecretKind, keep_secret, row_of

#: Guessing one is hopeless at any rate the doors allow.
BITS = 128
#: Where links live; the access log hides what follows (gunicorn.conf.py).
PATH = "/partner"


def make(
    practice_id: UUID,
    scope: LinkScope,
    subject_id: UUID,
    *,
    by: Actor,
    at: datetime,
    lives: timedelta | None = None,
    patient_id: UUID | None = None,
) -> tuple[PartnerLink, str]:
    """A fresh link and its address, which can't be shown again."""
    token = new_secret(BITS)
    while not token[-1].isalnum():  # mail readers leave a last dash out of what can be clicked
        token = new_secret(BITS)
    link = PartnerLink(
        practice_id=practice_id,
        scope=scope,
        subject_id=subject_id,
        made_by_id=by.id if by.kind == "user" else None,
        created_at=at,
        expires_at=at + (lives or LIFETIMES[scope]),
    )
    db.session.add(link)
    keep_secret(token, SecretKind.PARTNER_LINK, link)
    record(link, "partner_link.made", by=by, at=at, patient_id=patient_id,
           scope=scope.value, about=str(subject_id))  # fmt: skip
    return link, f"{current_settings().public_url}{PATH}/{token}"


def find(token: str) -> PartnerLink | None:
    """The link behind a token, live or dead; None for an unknown one. Enters its practice."""
    return row_of(token, SecretKind.PARTNER_LINK, PartnerLink)


def note_opened(link: PartnerLink, *, at: datetime) -> bool:
    """A person pressed the button. True the first time; a dead link is not opened."""
    if not link.is_live(at=at):
        return False
    is_first = link.opened_at is None
    link.opened_at = link.opened_at or at
    link.last_opened_at = at
    if is_first:
        record(link, "partner_link.opened", by=Actor("partner", link.id), at=at,
               scope=link.scope.value, about=str(link.subject_id))  # fmt: skip
    return is_first


def extend(link: PartnerLink, *, by: Actor, at: datetime, lives: timedelta | None = None) -> None:
    """Let a link live on from now, one that ran out as well; never one that was revoked."""
    if link.revoked_at is None:
        link.expires_at = max(link.expires_at, at + (lives or LIFETIMES[link.scope]))
        record(link, "partner_link.extended", by=by, at=at)


def revoke(link: PartnerLink, *, by: Actor, at: datetime) -> None:
    """End a link; it opens nothing from the next request on."""
    if link.revoked_at is None:
        link.revoked_at = at
        record(link, "partner_link.revoked", by=by, at=at, scope=link.scope.value)


def revoke_all(
    practice_id: UUID, scope: LinkScope, subject_id: UUID, *, by: Actor, at: datetime
) -> int:
    """End every link to one thing. Returns how many lived until now."""
    rows = select(PartnerLink).where(
        PartnerLink.practice_id == practice_id,
        PartnerLink.scope == scope,
        PartnerLink.subject_id == subject_id,
        PartnerLink.revoked_at.is_(None),
        PartnerLink.expires_at > at,
    )
    found = db.session.scalars(rows).all()
    for link in found:
        revoke(link, by=by, at=at)
    return len(found)
