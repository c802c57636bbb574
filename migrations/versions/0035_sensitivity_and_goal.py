"""A patient's and a task's label of what must be handled with care, and the goal a task serves.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

LABELLED = ("task", "patient", "patient_past")


def upgrade() -> None:
    for table in LABELLED:
        op.add_column(table, sa.Column("sensitivity", sa.Text(), nullable=True))
    op.add_column("task", sa.Column("goal", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("task", "goal")
    for table in reversed(LABELLED):
        op.drop_column(table, "sensitivity")
