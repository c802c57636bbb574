"""A lost text remembers that somebody dealt with it, and a new try which text it tries again; held texts are
found without reading every message.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_message_undelivered": (
        ["practice_id", "status_at", "id"],
        sa.text("dealt_with_at IS NULL AND status IN ('failed', 'expired', 'in_doubt')"),
    ),
    "ix_message_held": (["practice_id", "created_at", "id"], sa.text("held_reason IS NOT NULL")),
    "ix_message_retry": (["practice_id", "retry_of_id"], sa.text("retry_of_id IS NOT NULL")),
}
RETRY = "fk_message_practice_id_retry_of_id"


def upgrade() -> None:
    with op.batch_alter_table("message") as message:
        message.add_column(sa.Column("retry_of_id", sa.Uuid(), nullable=True))
        message.add_column(sa.Column("dealt_with_at", columns.UtcDateTime(), nullable=True))
        message.create_foreign_key(
            op.f(RETRY), "message", ["practice_id", "retry_of_id"], ["practice_id", "id"],
            deferrable=True, initially="DEFERRED",
        )  # fmt: skip
    for name, (over, where) in INDEXES.items():
        op.create_index(name, "message", over, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="message")
    with op.batch_alter_table("message") as message:
        message.drop_constraint(op.f(RETRY), type_="foreignkey")
        message.drop_column("dealt_with_at")
        message.drop_column("retry_of_id")
