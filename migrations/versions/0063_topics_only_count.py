"""Topics only count: nobody asks which event took which of a topic's numbers.

Runs after the deploy: the code of before writes the rows. Cursors and pokes live on `topic` and `change`, which stay.
"""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("topic_event")


def downgrade() -> None:
    """An empty table: what it held can be told from nothing else, and nobody needs it."""
    op.create_table(
        "topic_event",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id", "event_id"],
            ["event.practice_id", "event.id"],
            name=op.f("fk_topic_event_practice_id_event_id"),
        ),
        sa.PrimaryKeyConstraint("practice_id", "topic", "seq", name=op.f("pk_topic_event")),
    )
