"""A message can be labelled as handled with care by itself, whatever task it belongs to.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

LABELLED = sa.text("sensitivity IS NOT NULL")


def upgrade() -> None:
    op.add_column("message", sa.Column("sensitivity", sa.Text(), nullable=True))
    op.create_index(
        "ix_message_labelled", "message", ["practice_id", "id"],
        sqlite_where=LABELLED, postgresql_where=LABELLED,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_message_labelled", table_name="message")
    op.drop_column("message", "sensitivity")
