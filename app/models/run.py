"""Long work with progress: imports with their row-by-row report, and exports with their files. A worker's
child process does the work; pages only read these rows."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers
from app.core.crypto import EncryptedText


class RunStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    #: An import that was looked at: somebody decides whether it goes in.
    READY = "ready"
    DISCARDED = "discarded"
    UNDONE = "undone"


class ImportKind(StrEnum):
    """What a file holds."""

    PANEL = "panel"
    WORK = "work"
    FHIR = "fhir"


class ImportPhase(StrEnum):
    """What is being done with it; `status` says how far that is."""

    PREVIEW = "preview"
    COMMIT = "commit"
    UNDO = "undo"


class ImportRun(Row):
    """One file that came in: counts so far, and who asked. In a preview the counts are what would be."""

    __tablename__ = "import_run"
    __table_args__ = (
        of_practice(),
        refers("by_id", "user_account"),
        Index(None, "practice_id", "created_at"),
    )

    file_name: Mapped[str]
    kind: Mapped[ImportKind] = mapped_column(default=ImportKind.PANEL, server_default="panel")
    phase: Mapped[ImportPhase] = mapped_column(default=ImportPhase.COMMIT, server_default="commit")
    #: How it came: page, command or folder.
    came_by: Mapped[str] = mapped_column(default="page", server_default="page")
    #: Where the upload waits, under var/; removed when done.
    path: Mapped[str | None]
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.WAITING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    #: What is not ours to take in, and how often it was there.
    passed_over: Mapped[dict[str, Any] | None]
    #: The first rows of a preview, as JSON: they name patients.
    sample: Mapped[str | None] = mapped_column(EncryptedText)
    #: Why an undo was not done: sentences for people.
    in_the_way: Mapped[list[str] | None]
    error: Mapped[str | None]
    by_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class ImportProblem(Row):
    """A refused row: its line in the file, the column and what to do."""

    __tablename__ = "import_problem"
    __table_args__ = (
        of_practice(),
        refers("run_id", "import_run"),
        Index(None, "practice_id", "run_id", "line"),
    )

    run_id: Mapped[UUID]
    line: Mapped[int]
    field: Mapped[str | None]
    reason: Mapped[str]


class ExportRun(Row):
    """One export of the ledger: period, format, progress and the manifest when done."""

    __tablename__ = "export_run"
    __table_args__ = (
        of_practice(),
        refers("by_id", "user_account"),
        refers("verified_by_id", "user_account"),
        refers("token_id", "api_token"),
        Index("uq_export_run_asked_key", "practice_id", "asked_key", unique=True),
        Index(None, "practice_id", "created_at"),
    )

    from_on: Mapped[date]
    to_on: Mapped[date]
    format: Mapped[str]
    #: A key of app.exports.purposes; what leaves the practice has a reason and a legal basis.
    purpose: Mapped[str] = mapped_column(default="internal", server_default="internal")
    reason: Mapped[str | None]
    basis: Mapped[str | None]
    #: Narrowed to one payer's or one patient's rows.
    payer: Mapped[str | None]
    patient_id: Mapped[UUID | None]
    #: Place in the chain; None = its end. And the earlier export's, whose corrections are listed.
    as_of_seq: Mapped[int | None]
    since_seq: Mapped[int | None]
    status: Mapped[RunStatus] = mapped_column(default=RunStatus.WAITING)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    #: Folder under var/exports that holds the files.
    path: Mapped[str | None]
    manifest: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]
    by_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    #: The last check of its files: when, by whom (None: when it was made), and what came of it.
    verified_at: Mapped[datetime | None]
    is_whole: Mapped[bool | None]
    verified_words: Mapped[str | None]
    verified_by_id: Mapped[UUID | None]
    #: Asked for over the API: by which token, and the key under which it is asked for once.
    token_id: Mapped[UUID | None]
    asked_key: Mapped[str | None]
