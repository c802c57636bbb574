"""The texts of a task, and the tasks that wait for another one's question, are found along indexes of their own.

Runs before the deploy: the running code does not need them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_message_task", "message", "task_id"),
    ("ix_task_waits", "task", "waits_for"),
)


def upgrade() -> None:
    for name, table, column in INDEXES:
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, table, ["practice_id", column],
                        sqlite_where=there, postgresql_where=there)  # fmt: skip


def downgrade() -> None:
    for name, table, _column in INDEXES:
        op.drop_index(name, table_name=table)
