"""Community organizations say what they help with, when, in which languages, and whether they have room.

Runs before the deploy: the running code does not know the columns. What an organization served in its own words
is kept; where it was one plain word, the need of that name is ticked.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLE = "community_organization"
#: Words people had written so far → the closed list.
KNOWN = {
    "food": "food", "ride": "transportation", "rides": "transportation",
    "transport": "transportation", "transportation": "transportation", "housing": "housing",
    "utilities": "utilities", "legal": "legal",
}  # fmt: skip


def upgrade() -> None:
    for column in (
        sa.Column("needs", columns.Json(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("needs_version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("capacity", sa.String(40), server_default="open", nullable=False),
        sa.Column(
            "languages", columns.Json(), server_default=sa.text("'[\"en\"]'"), nullable=False
        ),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("retired_at", columns.UtcDateTime(), nullable=True),
    ):
        op.add_column(TABLE, column)
    rows = sa.table(TABLE, sa.column("serves"), sa.column("needs", columns.Json()))
    for word, need in KNOWN.items():
        op.execute(rows.update().where(sa.func.lower(rows.c.serves) == word).values(needs=[need]))


def downgrade() -> None:
    names = ("retired_at", "address", "languages", "capacity", "hours", "needs_version", "needs")
    for name in names:
        op.drop_column(TABLE, name)
