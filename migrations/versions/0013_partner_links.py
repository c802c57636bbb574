"""Links for people without an account: what each opens, until when, and whether it was revoked.

Runs before the deploy: the running code does not know the table.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLE = "partner_link"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.Column("revoked_at", columns.UtcDateTime(), nullable=True),
        sa.Column("opened_at", columns.UtcDateTime(), nullable=True),
        sa.Column("last_opened_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "made_by_id"],
            ["user_account.practice_id", "user_account.id"],
            name=op.f(f"fk_{TABLE}_practice_id_made_by_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f(f"fk_{TABLE}_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        op.f(f"ix_{TABLE}_practice_id_scope_subject_id"),
        TABLE,
        ["practice_id", "scope", "subject_id"],
    )


def downgrade() -> None:
    op.execute("DELETE FROM secret_directory WHERE kind = 'partner_link'")
    op.drop_table(TABLE)
