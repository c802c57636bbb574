"""When an export was last checked, by whom, and what came of it.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

TABLE, WHO = "export_run", "fk_export_run_practice_id_verified_by_id"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as runs:
        runs.add_column(sa.Column("verified_at", columns.UtcDateTime(), nullable=True))
        runs.add_column(sa.Column("is_whole", sa.Boolean(), nullable=True))
        runs.add_column(sa.Column("verified_words", sa.Text(), nullable=True))
        runs.add_column(sa.Column("verified_by_id", sa.Uuid(), nullable=True))
        runs.create_foreign_key(
            op.f(WHO), "user_account", ["practice_id", "verified_by_id"], ["practice_id", "id"],
            deferrable=True, initially="DEFERRED",
        )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as runs:
        runs.drop_constraint(op.f(WHO), type_="foreignkey")
        for name in ("verified_by_id", "verified_words", "is_whole", "verified_at"):
            runs.drop_column(name)
