"""Open tasks of a referral, and open referrals, are found along indexes of their own.

Runs before the deploy: the running code does not need them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")


def upgrade() -> None:
    op.create_index("ix_task_referral", "task", ["practice_id", "referral_id"],
                    sqlite_where=OPEN, postgresql_where=OPEN)  # fmt: skip
    op.create_index("ix_referral_open", "referral", ["received_at", "id"],
                    sqlite_where=OPEN, postgresql_where=OPEN)  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_referral_open", table_name="referral")
    op.drop_index("ix_task_referral", table_name="task")
