"""What waits in the carrier's own queue is counted per line, and a line knows when its carrier last reported.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEX = "ix_message_at_carrier"
_IS_THERE = sa.text("at_carrier_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("line", sa.Column("reported_at", columns.UtcDateTime(), nullable=True))
    op.add_column("message", sa.Column("at_carrier_until", columns.UtcDateTime(), nullable=True))
    op.create_index(
        INDEX, "message", ["practice_id", "at_carrier_until", "line_id", "segments"],
        sqlite_where=_IS_THERE, postgresql_where=_IS_THERE,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index(INDEX, "message")
    op.drop_column("message", "at_carrier_until")
    op.drop_column("line", "reported_at")
