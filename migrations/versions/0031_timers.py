"""Timers of staff, and what a practice says about time: idle minutes, late entries, the longest entry, and
whether two people at once count once.

Runs before the deploy: the running code knows neither the table nor the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

RUNNING = sa.text("stopped_at IS NULL")
REFERS = (
    ("user_id", "user_account"),
    ("patient_id", "patient"),
    ("task_id", "task"),
    ("conversation_id", "conversation"),
    ("touchpoint_id", "touchpoint"),
)
NUMBERS = (("timer_idle_minutes", "10"), ("late_entry_days", "2"), ("longest_entry_minutes", "240"))


def upgrade() -> None:
    for name, value in NUMBERS:
        op.add_column(
            "practice", sa.Column(name, sa.BigInteger(), server_default=value, nullable=False)
        )
    together = sa.Column(
        "counts_together_once", sa.Boolean(), server_default=sa.true(), nullable=False
    )
    op.add_column("practice", together)
    op.create_table(
        "work_timer",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("started_at", columns.UtcDateTime(), nullable=False),
        sa.Column("active_at", columns.UtcDateTime(), nullable=False),
        sa.Column("stopped_at", columns.UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(40), nullable=True),
        sa.Column("touchpoint_id", sa.Uuid(), nullable=True),
        sa.Column("dropped_at", columns.UtcDateTime(), nullable=True),
        sa.Column("said_at", columns.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "active_at >= started_at", name=op.f("ck_work_timer_activity_follows")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_work_timer_practice_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["practice_id", name], [f"{table}.practice_id", f"{table}.id"],
                name=op.f(f"fk_work_timer_practice_id_{name}"),
                deferrable=True, initially="DEFERRED",
            )
            for name, table in REFERS
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_work_timer")),
    )  # fmt: skip
    op.create_index(
        "uq_work_timer_running", "work_timer", ["practice_id", "user_id"], unique=True,
        sqlite_where=RUNNING, postgresql_where=RUNNING,
    )  # fmt: skip
    op.create_index(
        op.f("ix_work_timer_practice_id_started_at"), "work_timer", ["practice_id", "started_at"]
    )


def downgrade() -> None:
    op.drop_table("work_timer")
    for name, _ in NUMBERS:
        op.drop_column("practice", name)
    op.drop_column("practice", "counts_together_once")
