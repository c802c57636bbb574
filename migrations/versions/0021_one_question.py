"""A task remembers whose question it waits for; a protocol's version who made it and why.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("waits_for", sa.Uuid(), nullable=True))
    op.add_column("protocol", sa.Column("made_by_id", sa.Uuid(), nullable=True))
    op.add_column("protocol", sa.Column("why", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("protocol", "why")
    op.drop_column("protocol", "made_by_id")
    op.drop_column("task", "waits_for")
