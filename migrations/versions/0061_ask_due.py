"""An ask to a community organization has a day by which its word is due.

Runs before the deploy: the running code does not know the column. What is open has its day already: nobody waited
for it until now.
"""

import sqlalchemy as sa
from alembic import op

from app.core import columns

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

OPEN = "status IN ('requested', 'accepted', 'in_progress', 'on_hold')"
DUE = sa.text(f"due_at IS NOT NULL AND {OPEN}")


def upgrade() -> None:
    op.add_column("organization_ask", sa.Column("due_at", columns.UtcDateTime(), nullable=True))
    ask = sa.table("organization_ask", *(sa.column(name) for name in (
        "due_at", "scheduled_for", "answered_at", "asked_at", "status")))  # fmt: skip
    since = sa.func.coalesce(ask.c.scheduled_for, ask.c.answered_at, ask.c.asked_at)
    op.execute(ask.update().values(due_at=since).where(sa.text(OPEN)))
    op.create_index("ix_organization_ask_due", "organization_ask", ["due_at", "id"],
                    sqlite_where=DUE, postgresql_where=DUE)  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_organization_ask_due", table_name="organization_ask")
    op.drop_column("organization_ask", "due_at")
