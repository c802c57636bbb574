"""A practice may write in more languages, and a message remembers when its reader's had no words.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    languages = sa.Column("languages", columns.Json(), server_default="[]", nullable=False)
    op.add_column("practice", languages)
    op.add_column("message", sa.Column("wanted_language", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "wanted_language")
    op.drop_column("practice", "languages")
