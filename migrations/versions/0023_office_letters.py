"""Letters to referring offices, the queue of e-mails, and the end of each referral's week.

Runs before the deploy in two parts: the column `week_ends_at` is filled for the referrals there are; the
running code does not know the tables.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MAIL, LETTER = "mail", "referral_letter"
WAITING = sa.text("status = 'waiting'")
UNTOLD = sa.text("pcp_told_at IS NULL AND pcp_overdue_since IS NULL")
BATCH = 1000


def upgrade() -> None:
    _create_mail()
    _create_letters()
    op.add_column("referral", sa.Column("week_ends_at", columns.UtcDateTime(), nullable=True))
    op.add_column("referral", sa.Column("pcp_overdue_since", columns.UtcDateTime(), nullable=True))
    _fill_weeks()
    _check_keys_now()
    op.create_index(
        "ix_referral_week", "referral", ["week_ends_at", "id"],
        sqlite_where=UNTOLD, postgresql_where=UNTOLD,
    )  # fmt: skip


def _create_mail() -> None:
    op.create_table(
        MAIL,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("due_at", columns.UtcDateTime(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *_keys(MAIL, patient_id="patient"),
    )
    op.create_index(
        "ix_mail_due", MAIL, ["due_at", "id"], sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_index(
        op.f("ix_mail_practice_id_kind_subject_id"), MAIL, ["practice_id", "kind", "subject_id"]
    )


def _create_letters() -> None:
    moments = (
        "sent_at",
        "opened_at",
        "acknowledged_at",
        "attested_at",
        "failed_at",
        "withdrawn_at",
    )
    op.create_table(
        LETTER,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("body", columns.EncryptedText(), nullable=False),
        sa.Column("approved_at", columns.UtcDateTime(), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        *(sa.Column(name, columns.UtcDateTime(), nullable=True) for name in moments),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.Column("failed_why", sa.Text(), nullable=True),
        *_keys(LETTER, referral_id="referral", approved_by_id="user_account"),
    )
    op.create_index(
        op.f("ix_referral_letter_practice_id_referral_id_approved_at"),
        LETTER,
        ["practice_id", "referral_id", "approved_at"],
    )


def _keys(table: str, **refers: str) -> Iterable[sa.schema.SchemaItem]:
    for column, target in refers.items():
        yield sa.ForeignKeyConstraint(
            ["practice_id", column],
            [f"{target}.practice_id", f"{target}.id"],
            name=op.f(f"fk_{table}_practice_id_{column}"),
            deferrable=True,
            initially="DEFERRED",
        )
    yield sa.ForeignKeyConstraint(
        ["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id")
    )
    yield sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{table}"))


def _fill_weeks() -> None:
    """The end of the seventh local day, or 7 times 24 hours, as each practice counts."""
    practice = sa.table(
        "practice", sa.column("id", sa.Uuid()), sa.column("time_zone"), sa.column("day_rule")
    )
    referral = sa.table(
        "referral",
        sa.column("practice_id", sa.Uuid()),
        sa.column("id", sa.Uuid()),
        *(sa.column(name, columns.UtcDateTime()) for name in ("received_at", "week_ends_at")),
    )
    connection = op.get_bind()
    of_practice = {row.id: row for row in connection.execute(sa.select(practice)).all()}
    fill = (
        referral.update()
        .where(
            referral.c.practice_id == sa.bindparam("practice"), referral.c.id == sa.bindparam("row")
        )
        .values(week_ends_at=sa.bindparam("end"))
    )
    rows = connection.execute(
        sa.select(referral.c.practice_id, referral.c.id, referral.c.received_at)
    ).all()
    for start in range(0, len(rows), BATCH):
        connection.execute(
            fill,
            [
                {"practice": row[0], "row": row[1], "end": _end(row[2], of_practice[row[0]])}
                for row in rows[start : start + BATCH]
            ],
        )


def _end(received: datetime, practice: Any) -> datetime:
    moment = received.replace(tzinfo=UTC) if received.tzinfo is None else received
    if practice.day_rule == "elapsed_days":
        end = moment + timedelta(days=7)
    else:
        zone = ZoneInfo(practice.time_zone)
        day = moment.astimezone(zone).date() + timedelta(days=8)
        end = datetime.combine(day, time(), tzinfo=zone)
    utc = end.astimezone(UTC)
    return utc.replace(tzinfo=None) if op.get_context().dialect.name == "sqlite" else utc


def _check_keys_now() -> None:
    """PostgreSQL alters no table with keys still to be checked at the end of the transaction."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")


def downgrade() -> None:
    op.drop_index("ix_referral_week", "referral")
    for name in ("pcp_overdue_since", "week_ends_at"):
        op.drop_column("referral", name)
    op.drop_table(LETTER)
    op.drop_table(MAIL)
