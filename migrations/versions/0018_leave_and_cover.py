"""Leave: who is away, who covers; a task and a thread know for whom they are covered.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COVERED = sa.text("covering_for_id IS NOT NULL")
UNFINISHED = sa.text("ended_at IS NULL AND taken_back_at IS NULL")


def upgrade() -> None:
    _absence()
    for table in ("task", "conversation"):
        with op.batch_alter_table(table) as covered:
            covered.add_column(sa.Column("covering_for_id", sa.Uuid(), nullable=True))
            covered.add_column(sa.Column("covered_since", columns.UtcDateTime(), nullable=True))
            covered.create_foreign_key(
                op.f(f"fk_{table}_practice_id_covering_for_id"), "user_account",
                ["practice_id", "covering_for_id"], ["practice_id", "id"],
                deferrable=True, initially="DEFERRED",
            )  # fmt: skip
        op.create_index(
            f"ix_{table}_covered", table, ["practice_id", "covering_for_id"],
            sqlite_where=COVERED, postgresql_where=COVERED,
        )  # fmt: skip


def _absence() -> None:
    op.create_table(
        "absence",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("cover_id", sa.Uuid(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("starts_at", columns.UtcDateTime(), nullable=False),
        sa.Column("ends_at", columns.UtcDateTime(), nullable=False),
        sa.Column("handing", sa.String(40), nullable=False),
        sa.Column("on_return", sa.String(40), nullable=False),
        sa.Column("pool_after_minutes", sa.BigInteger(), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("began_at", columns.UtcDateTime(), nullable=True),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.Column("taken_back_at", columns.UtcDateTime(), nullable=True),
        sa.CheckConstraint("to_on >= from_on", name=op.f("ck_absence_days")),
        sa.CheckConstraint("cover_id <> user_id", name=op.f("ck_absence_cover")),
        sa.ForeignKeyConstraint(["practice_id"], ["practice.id"], name=op.f("fk_absence_practice_id")),
        *(
            sa.ForeignKeyConstraint(
                ["practice_id", name], ["user_account.practice_id", "user_account.id"],
                name=op.f(f"fk_absence_practice_id_{name}"), deferrable=True, initially="DEFERRED",
            )
            for name in ("user_id", "cover_id", "entered_by_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_absence")),
    )  # fmt: skip
    over = {"sqlite_where": UNFINISHED, "postgresql_where": UNFINISHED}
    op.create_index(
        "ix_absence_unfinished", "absence", ["practice_id", "user_id", "starts_at"], **over
    )
    op.create_index("ix_absence_running", "absence", ["starts_at", "id"], **over)
    op.create_index(op.f("ix_absence_practice_id_to_on"), "absence", ["practice_id", "to_on"])


def downgrade() -> None:
    for table in ("conversation", "task"):
        op.drop_index(f"ix_{table}_covered", table_name=table)
        with op.batch_alter_table(table) as covered:
            covered.drop_constraint(
                op.f(f"fk_{table}_practice_id_covering_for_id"), type_="foreignkey"
            )
            covered.drop_column("covered_since")
            covered.drop_column("covering_for_id")
    op.drop_table("absence")
