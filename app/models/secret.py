"""Secrets handed out: API tokens, portal sign-in links and sessions, links of partners and staff. Only their
digests are stored; the directory finds a digest's practice, and is the only part read across practices."""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, Row, of_practice, refers
from app.core.crypto import digest
from app.core.db import db, enter_practice

Kept = TypeVar("Kept", bound=Row)


class SecretKind(StrEnum):
    API_TOKEN = "api_token"  # noqa: S105 - a kind, not a secret
    PORTAL_LINK = "portal_link"
    PORTAL_SESSION = "portal_session"
    PARTNER_LINK = "partner_link"
    STAFF_LINK = "staff_link"


class SecretDirectory(Base):
    """digest → (practice, kind, row)."""

    __tablename__ = "secret_directory"
    __table_args__ = (ForeignKeyConstraint(["practice_id"], ["practice.id"]),)

    digest: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[SecretKind]
    practice_id: Mapped[UUID]
    row_id: Mapped[UUID]


class ApiToken(Row):
    """A bearer token of the API with its scopes (`patients:read`, …)."""

    __tablename__ = "api_token"
    __table_args__ = (of_practice(),)

    name: Mapped[str]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class PortalLink(Row):
    """A sign-in link sent to a number: opened by GET, spent by POST, guarded by the birth date."""

    __tablename__ = "portal_link"
    __table_args__ = (of_practice(), refers("phone_number_id", "phone_number"))

    phone_number_id: Mapped[UUID]
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    consumed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PortalSession(Row):
    """A patient signed in to the portal."""

    __tablename__ = "portal_session"
    __table_args__ = (of_practice(), refers("patient_id", "patient"))

    patient_id: Mapped[UUID]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def keep_secret(secret: str, kind: SecretKind, row: Row) -> None:
    """Write down whose secret this is; of the secret itself only its digest is kept."""
    entry = SecretDirectory(
        digest=digest(secret), kind=kind, practice_id=row.practice_id, row_id=row.id
    )
    db.session.add(entry)


def find_secret(secret: str, kind: SecretKind) -> SecretDirectory | None:
    """Where the row behind a secret lies; None for an unknown one and for one of another kind. Enters its
    practice."""
    found = db.session.get(SecretDirectory, digest(secret))
    if found is None or found.kind is not kind:
        return None
    enter_practice(found.practice_id)
    return found


def row_of(secret: str, kind: SecretKind, table: type[Kept]) -> Kept | None:
    """The row behind a secret, in force or not; None for an unknown one. Enters its practice."""
    found = find_secret(secret, kind)
    return db.session.get(table, (found.practice_id, found.row_id)) if found else None
