"""A practice lists the clinical words of each language it added: no text in it passes without.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "practice", sa.Column("clinical_words", columns.Json(), server_default="{}", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("practice", "clinical_words")
