"""Saved filters of the board and the index its lanes run along; a task knows the closed one it goes on from.

Runs before the deploy: the running code knows neither the table nor the column.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('requested', 'accepted', 'in_progress', 'on_hold')")
DEFAULT = sa.text("is_default")
FOLLOWS = "fk_task_practice_id_follows_id"


def upgrade() -> None:
    with op.batch_alter_table("task") as task:
        task.add_column(sa.Column("follows_id", sa.Uuid(), nullable=True))
        task.create_foreign_key(
            op.f(FOLLOWS), "task", ["practice_id", "follows_id"], ["practice_id", "id"],
            deferrable=True, initially="DEFERRED",
        )  # fmt: skip
    op.create_table(
        "saved_filter",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("chosen", columns.Json(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_saved_filter_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id", "user_id"], ["user_account.practice_id", "user_account.id"],
            name=op.f("fk_saved_filter_practice_id_user_id"), deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_saved_filter")),
        sa.UniqueConstraint(
            "practice_id", "user_id", "name", name=op.f("uq_saved_filter_practice_id_user_id_name")
        ),
    )  # fmt: skip
    op.create_index(
        "uq_saved_filter_default", "saved_filter", ["practice_id", "user_id"], unique=True,
        sqlite_where=DEFAULT, postgresql_where=DEFAULT,
    )  # fmt: skip
    op.create_index(
        "ix_task_lane", "task", ["practice_id", "due_at", "id"], sqlite_where=OPEN,
        postgresql_where=OPEN,
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_task_lane", table_name="task")
    op.drop_table("saved_filter")
    with op.batch_alter_table("task") as task:
        task.drop_constraint(op.f(FOLLOWS), type_="foreignkey")
        task.drop_column("follows_id")
