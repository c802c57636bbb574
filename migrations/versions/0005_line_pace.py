"""A line remembers when its next text may leave, and until when it is stopped and why.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("free_at", columns.UtcDateTime(), nullable=True))
    op.add_column("line", sa.Column("stopped_until", columns.UtcDateTime(), nullable=True))
    op.add_column("line", sa.Column("stopped_why", sa.Text(), nullable=True))


def downgrade() -> None:
    for name in ("stopped_why", "stopped_until", "free_at"):
        op.drop_column("line", name)
