"""A practice's own closed days have names.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "practice", sa.Column("closed_names", columns.Json(), server_default="{}", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("practice", "closed_names")
