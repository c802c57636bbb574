"""What payers report of the practice, kept apart from its own measures.

Runs before the deploy: the running code does not know the table.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

TABLE = "payer_report"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=True),
        sa.Column("denominator", sa.BigInteger(), nullable=True),
        sa.Column("score", sa.Text(), nullable=True),
        sa.Column("whole", columns.Json(), nullable=False),
        sa.Column("received_at", columns.UtcDateTime(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f(f"fk_{TABLE}_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "by_id"], ["user_account.practice_id", "user_account.id"],
            name=op.f(f"fk_{TABLE}_practice_id_by_id"), deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "practice_id", "source_id", "place", name=op.f(f"uq_{TABLE}_practice_id_source_id_place")
        ),
    )  # fmt: skip
    op.create_index(
        f"ix_{TABLE}_practice_id_payer_from_on", TABLE, ["practice_id", "payer", "from_on"]
    )


def downgrade() -> None:
    op.drop_table(TABLE)
