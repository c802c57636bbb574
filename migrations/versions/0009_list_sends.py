"""A text sent to a list is a record of its own, with a row per person.

Runs before the deploy: the running code does not know the tables.
"""

import sqlalchemy as sa
from alembic import op

from migrations.columns import Json, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HAS_WORK = sa.text("due_at IS NOT NULL")


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id", column],
        [f"{target}.practice_id", f"{target}.id"],
        name=op.f(f"fk_{table}_practice_id_{column}"),
        deferrable=True,
        initially="DEFERRED",
    )


def _of_practice(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id")
    )


def upgrade() -> None:
    op.create_table(
        "list_send",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("audience", Json(), nullable=False),
        sa.Column("words", Json(), nullable=False),
        sa.Column("others_get_english", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("send_after", UtcDateTime(), nullable=True),
        sa.Column("not_after", UtcDateTime(), nullable=True),
        sa.Column("per_minute", sa.BigInteger(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("free_at", UtcDateTime(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        sa.Column("stopped_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("per_minute > 0", name=op.f("ck_list_send_pace")),
        _of_practice("list_send"),
        _refers("list_send", "by_id", "user_account"),
        _refers("list_send", "stopped_by_id", "user_account"),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_list_send")),
        sa.UniqueConstraint("practice_id", "key", name=op.f("uq_list_send_practice_id_key")),
    )
    op.create_index(
        op.f("ix_list_send_practice_id_created_at"), "list_send", ["practice_id", "created_at"]
    )
    op.create_index(
        "ix_list_send_due",
        "list_send",
        ["due_at", "id"],
        sqlite_where=HAS_WORK,
        postgresql_where=HAS_WORK,
    )
    _recipients()


def _recipients() -> None:
    table = "list_recipient"
    op.create_table(
        table,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.Column("stopped_at", UtcDateTime(), nullable=True),
        _of_practice(table),
        _refers(table, "list_id", "list_send"),
        _refers(table, "patient_id", "patient"),
        _refers(table, "message_id", "message"),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint(
            "practice_id",
            "list_id",
            "patient_id",
            name=op.f(f"uq_{table}_practice_id_list_id_patient_id"),
        ),
        sa.UniqueConstraint(
            "practice_id", "message_id", name=op.f(f"uq_{table}_practice_id_message_id")
        ),
    )
    op.create_index(
        op.f(f"ix_{table}_practice_id_list_id_position"),
        table,
        ["practice_id", "list_id", "position"],
    )


def downgrade() -> None:
    op.drop_table("list_recipient")
    op.drop_table("list_send")
