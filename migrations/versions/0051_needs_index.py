"""Tasks that a person has to do something about are found along an index of their own.

Runs before the deploy: the running code does not need it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

NEEDS = sa.text(
    "(needs IS NOT NULL OR stuck_reason IS NOT NULL) "
    "AND status IN ('requested', 'accepted', 'in_progress', 'on_hold')"
)


def upgrade() -> None:
    op.create_index("ix_task_needs", "task", ["practice_id", "due_at"],
                    sqlite_where=NEEDS, postgresql_where=NEEDS)  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_task_needs", table_name="task")
