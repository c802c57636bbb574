"""Community organizations asked on a referral, and what they answer.

Runs before the deploy: the running code does not know the table.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TABLE = "organization_ask"
REFERS = {
    "referral_id": "referral", "patient_id": "patient",
    "organization_id": "community_organization", "consent_id": "consent",
    "asked_by_id": "user_account",
}  # fmt: skip
OPEN = sa.text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=name == "asked_by_id") for name in REFERS),
        sa.Column("need", sa.String(length=40), nullable=False),
        sa.Column("needs_version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("asked_at", columns.UtcDateTime(), nullable=False),
        *(
            sa.Column(name, columns.UtcDateTime(), nullable=True)
            for name in ("answered_at", "accepted_at", "scheduled_for", "ended_at")
        ),
        sa.Column("no_fit", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("words", columns.EncryptedText(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                ["practice_id", column], [f"{target}.practice_id", f"{target}.id"],
                name=op.f(f"fk_{TABLE}_practice_id_{column}"),
                deferrable=True, initially="DEFERRED",
            )
            for column, target in REFERS.items()
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f(f"fk_{TABLE}_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{TABLE}")),
    )  # fmt: skip
    for column in ("referral_id", "organization_id"):
        op.create_index(
            op.f(f"ix_{TABLE}_practice_id_{column}_asked_at"), TABLE,
            ["practice_id", column, "asked_at"],
        )  # fmt: skip
    op.create_index(
        "uq_organization_ask_open", TABLE,
        ["practice_id", "referral_id", "organization_id", "need"],
        unique=True, sqlite_where=OPEN, postgresql_where=OPEN,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table(TABLE)
