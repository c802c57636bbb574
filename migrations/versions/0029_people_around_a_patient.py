"""What was agreed with a patient's caregiver can end at once, by staff or by the patient.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("related_person", sa.Column("ended_at", columns.UtcDateTime(), nullable=True))
    op.add_column("related_person", sa.Column("ended_by", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("related_person", "ended_by")
    op.drop_column("related_person", "ended_at")
