"""A line remembers up to when its incoming texts were read at the carrier: a long time down is caught up.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("listed_until", columns.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("line", "listed_until")
