"""A task or a referral on hold goes on by itself on a day.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from app.core import columns

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

WAKES = sa.text("wakes_at IS NOT NULL AND status = 'on_hold'")


def upgrade() -> None:
    for table in ("task", "referral"):
        op.add_column(table, sa.Column("wakes_at", columns.UtcDateTime(), nullable=True))
        op.create_index(f"ix_{table}_wakes", table, ["wakes_at", "id"],
                        sqlite_where=WAKES, postgresql_where=WAKES)  # fmt: skip


def downgrade() -> None:
    for table in ("referral", "task"):
        op.drop_index(f"ix_{table}_wakes", table_name=table)
        op.drop_column(table, "wakes_at")
