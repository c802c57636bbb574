"""A practice remembers that it came back from a backup, and of when: nothing leaves until that is compared.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("restored_from", "restored_at"):
        op.add_column("practice", sa.Column(name, columns.UtcDateTime(), nullable=True))


def downgrade() -> None:
    for name in ("restored_at", "restored_from"):
        op.drop_column("practice", name)
