"""What an import did, record by record, so that the whole of it can be taken back; and under which ids other
systems know our records."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import Row, of_practice, refers
from app.core.crypto import EncryptedText


class ImportRow(Row):
    """A record that an import made (`before` None) or changed, with what stood there before as JSON."""

    __tablename__ = "import_row"
    __table_args__ = (
        of_practice(),
        refers("run_id", "import_run"),
        Index(None, "practice_id", "run_id", "id"),
        Index(None, "practice_id", "subject_id"),
    )

    run_id: Mapped[UUID]
    line: Mapped[int]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    patient_id: Mapped[UUID | None]
    before: Mapped[str | None] = mapped_column(EncryptedText)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class SourceLink(Row):
    """The id under which another system sent a record that has no column for it, such as a coverage."""

    __tablename__ = "source_link"
    __table_args__ = (
        of_practice(),
        UniqueConstraint("practice_id", "subject_type", "source_id"),
        Index(None, "practice_id", "subject_id"),
    )

    subject_type: Mapped[str]
    source_id: Mapped[str]
    subject_id: Mapped[UUID]
