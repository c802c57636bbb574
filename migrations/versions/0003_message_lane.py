"""Each text gets a lane, and the queue is read in their order, urgent texts first.

Runs before the deploy: the running code does not know the column and its default serves it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_QUEUED = sa.text("status = 'queued'")


def upgrade() -> None:
    op.add_column("message", sa.Column("lane", sa.BigInteger(), nullable=False, server_default="1"))
    op.execute(
        "UPDATE message SET lane = 0 WHERE status = 'queued' AND (solicited OR NOT is_automated "
        "OR purpose IN ('staff_reply', 'sign_in', 'service'))"
    )
    op.drop_index("ix_message_due", table_name="message")
    op.create_index(
        "ix_message_due",
        "message",
        ["practice_id", "lane", "due_at", "id"],
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    )


def downgrade() -> None:
    op.drop_index("ix_message_due", table_name="message")
    op.create_index(
        "ix_message_due",
        "message",
        ["practice_id", "is_automated", "due_at", "id"],
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    )
    op.drop_column("message", "lane")
