"""A community organization says that it is full on one day.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("community_organization", sa.Column("full_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("community_organization", "full_on")
