"""Each column of the board is read along an index of its own, urgent cards along a small one.

Runs before the deploy: the running code does without them. On a large table of tasks PostgreSQL builds them
in some seconds, during which nobody writes a task.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

OPEN = "status IN ('requested', 'accepted', 'in_progress', 'on_hold')"
INDEXES = {
    "ix_task_todo": "status IN ('requested', 'accepted')",
    "ix_task_doing": "status = 'in_progress'",
    "ix_task_hold": "status = 'on_hold'",
    "ix_task_urgent": f"priority = 'urgent' AND {OPEN}",
}


def upgrade() -> None:
    for name, condition in INDEXES.items():
        op.create_index(
            name, "task", ["practice_id", "due_at", "id"],
            sqlite_where=sa.text(condition), postgresql_where=sa.text(condition),
        )  # fmt: skip


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="task")
