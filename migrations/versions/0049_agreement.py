"""A practice notes its agreement (BAA) with the phone company: with whom, and when.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("practice", sa.Column("baa_with", sa.Text(), nullable=True))
    op.add_column("practice", sa.Column("baa_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("practice", "baa_on")
    op.drop_column("practice", "baa_with")
