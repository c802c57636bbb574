"""Users of a practice and how they sign in. One e-mail (SignIn) may hold Users in several practices."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Base, Row, of_practice, refers
from app.core.ids import new_id


class Role(StrEnum):
    NAVIGATOR = "navigator"
    CLINICIAN = "clinician"
    LEAD = "lead"
    FRONT_DESK = "front_desk"
    ADMIN = "admin"
    ANALYST = "analyst"


#: Work with patients' threads, tasks and referrals, and so may own them. The front desk keeps records, an
#: analyst reads the ledger.
CARE_ROLES = frozenset({Role.NAVIGATOR, Role.CLINICIAN, Role.LEAD, Role.ADMIN})


class SignIn(Base):
    """An e-mail and its password (argon2). Looked up across practices at sign-in only."""

    __tablename__ = "sign_in"
    __table_args__ = (UniqueConstraint("email"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    #: Lower case.
    email: Mapped[str]
    #: Empty until an invited person has chosen a password.
    password_hash: Mapped[str]
    failed_tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class User(Row):
    """A member of staff in one practice."""

    __tablename__ = "user_account"
    __table_args__ = (
        of_practice(),
        ForeignKeyConstraint(["sign_in_id"], ["sign_in.id"]),
        UniqueConstraint("practice_id", "sign_in_id"),
        refers("supervisor_id", "user_account"),
    )

    sign_in_id: Mapped[UUID]
    name: Mapped[str]
    role: Mapped[Role]
    #: Credential or training as the ledger prints it: RN, MA, CHW, …
    credential: Mapped[str | None]
    #: National Provider Identifier, where they have one; payers ask for it.
    npi: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(default=lambda: ["en"])
    #: Whom the ledger names as supervising them.
    supervisor_id: Mapped[UUID | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    #: Raised to end every open session of this user at once.
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    #: When they used their invitation; None and not active = invited.
    joined_at: Mapped[datetime | None]
    #: When what the ledger prints of them last changed; what stood before is in `user.changed`.
    changed_at: Mapped[datetime | None]

    @property
    def may_own_work(self) -> bool:
        """Tasks, threads, cover and being on call may be theirs."""
        return self.is_active and self.role in CARE_ROLES

    @property
    def is_invited(self) -> bool:
        """Asked to join, and has not yet."""
        return self.joined_at is None and not self.is_active
