"""A task knows when it came in and how late it was done; a practice how a week's clock ends and what the
calendar said.

Runs before the deploy: the running code does not know the columns. Tasks made until then count from when
they were made, a referral's from when it came.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("received_at", columns.UtcDateTime(), nullable=True))
    op.add_column("task", sa.Column("late_seconds", sa.BigInteger(), nullable=True))
    day_rule = sa.Column("day_rule", sa.String(40), server_default="calendar_days", nullable=False)
    op.add_column("practice", day_rule)
    op.create_table(
        "calendar_seen",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("coming", sa.Text(), nullable=True),
        sa.Column("reached_id", sa.Uuid(), nullable=True),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_calendar_seen_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", name=op.f("pk_calendar_seen")),
    )


def downgrade() -> None:
    op.drop_table("calendar_seen")
    op.drop_column("practice", "day_rule")
    op.drop_column("task", "late_seconds")
    op.drop_column("task", "received_at")
