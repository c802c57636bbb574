"""Members of staff join by a link, and have a supervisor; a user knows when what the ledger prints of them
last changed.

Runs before the deploy: the running code does not know the table and the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TABLE, USER = "staff_link", "user_account"


def upgrade() -> None:
    with op.batch_alter_table(USER) as user:
        user.add_column(sa.Column("joined_at", columns.UtcDateTime(), nullable=True))
        user.add_column(sa.Column("changed_at", columns.UtcDateTime(), nullable=True))
        user.add_column(sa.Column("supervisor_id", sa.Uuid(), nullable=True))
        user.create_foreign_key(
            op.f("fk_user_account_practice_id_supervisor_id"), USER,
            ["practice_id", "supervisor_id"], ["practice_id", "id"],
            deferrable=True, initially="DEFERRED",
        )  # fmt: skip
    op.execute(sa.text("UPDATE user_account SET joined_at = created_at"))
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("expires_at", columns.UtcDateTime(), nullable=False),
        sa.Column("used_at", columns.UtcDateTime(), nullable=True),
        sa.Column("revoked_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "user_id"], ["user_account.practice_id", "user_account.id"],
            name=op.f("fk_staff_link_practice_id_user_id"),
            deferrable=True, initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_staff_link_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_staff_link")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_staff_link_practice_id_user_id_created_at"), TABLE,
        ["practice_id", "user_id", "created_at"],
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table(TABLE)
    with op.batch_alter_table(USER) as user:
        user.drop_constraint(op.f("fk_user_account_practice_id_supervisor_id"), type_="foreignkey")
        for name in ("supervisor_id", "changed_at", "joined_at"):
            user.drop_column(name)
