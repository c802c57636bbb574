"""A line remembers how far it was slowed down; attempts are found by when they ended.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INDEX = "ix_send_attempt_ended"


def upgrade() -> None:
    op.add_column("line", sa.Column("share", sa.Double(), server_default="1", nullable=False))
    op.add_column("line", sa.Column("share_at", columns.UtcDateTime(), nullable=True))
    op.create_index(INDEX, "send_attempt", ["practice_id", "ended_at"])


def downgrade() -> None:
    op.drop_index(INDEX, "send_attempt")
    for name in ("share_at", "share"):
        op.drop_column("line", name)
