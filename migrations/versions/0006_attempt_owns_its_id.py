"""A try keeps the carrier's id for it, and how often the carrier's list was read for it in vain.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEX = "ix_send_attempt_provider"
KNOWN = sa.text("provider_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("send_attempt", sa.Column("provider_id", sa.Text(), nullable=True))
    op.add_column(
        "send_attempt", sa.Column("listings", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_index(
        INDEX,
        "send_attempt",
        ["practice_id", "provider_id"],
        sqlite_where=KNOWN,
        postgresql_where=KNOWN,
    )


def downgrade() -> None:
    op.drop_index(INDEX, "send_attempt")
    for name in ("listings", "provider_id"):
        op.drop_column("send_attempt", name)
