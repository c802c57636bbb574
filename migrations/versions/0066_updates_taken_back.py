"""That an office was told can be taken back.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

from app.core import columns

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "referral_update", sa.Column("taken_back_at", columns.UtcDateTime(), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("referral_update", "taken_back_at")
