"""Exports asked for over FHIR's `$export`: what was asked, by which token, how far it is, and its files until
they expire. A worker's child process makes them; requests only read these rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers
from app.models.run import RunStatus


class BulkExport(Row):
    __tablename__ = "bulk_export"
    __table_args__ = (
        of_practice(),
        refers("token_id", "api_token"),
        refers("group_id", "care_team"),
        Index(None, "practice_id", "token_id", "created_at"),
        Index(None, "status", "created_at"),
    )

    token_id: Mapped[UUID]
    #: The care team whose patients alone are in it; None = the practice.
    group_id: Mapped[UUID | None]
    #: Kinds of resource asked for; empty = all.
    types: Mapped[list[str]] = mapped_column(default=list)
    #: Kinds asked for that we have none of; the caller said to be lenient.
    unknown_types: Mapped[list[str]] = mapped_column(default=list)
    since: Mapped[datetime | None]
    #: Names and addresses of patients go along: the token may read patients.
    is_named: Mapped[bool] = mapped_column(default=False)
    #: The request as it came, for the manifest.
    request_url: Mapped[str]
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.WAITING)
    #: Rows of the ledger: how many there are, how many are written.
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    #: [{type, name, count}] when done.
    output: Mapped[list[Any]] = mapped_column(default=list)
    path: Mapped[str | None]
    error: Mapped[str | None]
    #: The moment whose state the files hold.
    transaction_time: Mapped[datetime | None]
    created_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: Cancelled by the caller, or past its time: the files are gone.
    ended_at: Mapped[datetime | None]

    @property
    def is_busy(self) -> bool:
        return self.ended_at is None and self.status in (RunStatus.WAITING, RunStatus.RUNNING)
