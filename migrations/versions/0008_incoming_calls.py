"""Calls that come in are kept: who called, what they were told, how it ended. A thread knows since when
somebody wrote urgent words in it, and a practice who is on call for them.

Runs before the deploy: the running code does not know the tables and the column.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "incoming_call"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("related_person_id", sa.Uuid(), nullable=True),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("phone_number_id", sa.Uuid(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("called_at", columns.UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(length=40), nullable=False),
        sa.Column("languages", columns.Json(), nullable=False),
        sa.Column("end", sa.String(length=40), nullable=True),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        _refers("conversation_id", "conversation"),
        _refers("patient_id", "patient"),
        _refers("related_person_id", "related_person"),
        _refers("line_id", "line"),
        _refers("phone_number_id", "phone_number"),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f(f"fk_{TABLE}_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "practice_id", "provider_id", name=op.f(f"uq_{TABLE}_practice_id_provider_id")
        ),
    )
    op.create_index(
        op.f(f"ix_{TABLE}_practice_id_conversation_id_called_at"),
        TABLE,
        ["practice_id", "conversation_id", "called_at"],
    )

    op.add_column("conversation", sa.Column("urgent_since", columns.UtcDateTime(), nullable=True))
    _create_on_call()


def _create_on_call() -> None:
    op.create_table(
        "on_call",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("since", columns.UtcDateTime(), nullable=False),
        _refers("user_id", "user_account", of="on_call"),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_on_call_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_on_call")),
    )


def _refers(column: str, table: str, of: str = TABLE) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id", column],
        [f"{table}.practice_id", f"{table}.id"],
        name=op.f(f"fk_{of}_practice_id_{column}"),
        deferrable=True,
        initially="DEFERRED",
    )


def downgrade() -> None:
    op.drop_table("on_call")
    op.drop_column("conversation", "urgent_since")
    op.drop_table(TABLE)
