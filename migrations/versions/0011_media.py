"""Files that came with a text have rows of their own.

Runs before the deploy: the running code does not know the table. `message.media`, where their
addresses stood in the clear, is not written any more and goes in a later release.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WAITING = sa.text("status = 'waiting'")


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("source", columns.EncryptedText(), nullable=False),
        sa.Column("declared_type", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("due_at", columns.UtcDateTime(), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.Column("found_type", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "message_id"],
            ["message.practice_id", "message.id"],
            name=op.f("fk_media_practice_id_message_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_media_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_media")),
        sa.UniqueConstraint(
            "practice_id",
            "message_id",
            "position",
            name=op.f("uq_media_practice_id_message_id_position"),
        ),
    )
    op.create_index(
        "ix_media_due",
        "media",
        ["due_at", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def downgrade() -> None:
    op.drop_table("media")
