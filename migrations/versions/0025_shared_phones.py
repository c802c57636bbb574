"""A practice says what happens to a text from a shared phone that nobody can place.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shared = sa.Column("shared_phones", sa.String(40), server_default="ask", nullable=False)
    op.add_column("practice", shared)


def downgrade() -> None:
    op.drop_column("practice", "shared_phones")
