"""A protocol's version that changes words patients read waits for another lead or admin.

Runs before the deploy: the running code does not know the columns; what it saves counts as approved.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

DECIDED_BY = "fk_protocol_practice_id_decided_by_id"


def upgrade() -> None:
    with op.batch_alter_table("protocol") as protocol:
        protocol.add_column(
            sa.Column("approval", sa.String(length=40), nullable=False, server_default="given")
        )
        protocol.add_column(sa.Column("based_on", sa.BigInteger(), nullable=True))
        protocol.add_column(sa.Column("decided_at", columns.UtcDateTime(), nullable=True))
        protocol.add_column(sa.Column("decided_by_id", sa.Uuid(), nullable=True))
        protocol.create_foreign_key(
            op.f(DECIDED_BY), "user_account", ["practice_id", "decided_by_id"],
            ["practice_id", "id"], deferrable=True, initially="DEFERRED",
        )  # fmt: skip


def downgrade() -> None:
    """What waited or was refused is given up."""
    op.execute("DELETE FROM protocol WHERE approval <> 'given'")
    with op.batch_alter_table("protocol") as protocol:
        protocol.drop_constraint(op.f(DECIDED_BY), type_="foreignkey")
        for name in ("decided_by_id", "decided_at", "based_on", "approval"):
            protocol.drop_column(name)
