"""A practice may work on a public holiday.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "practice", sa.Column("open_on", columns.Json(), server_default="[]", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("practice", "open_on")
