"""Two records of one office or community organization: merges with what moved, and pairs that are two.

Runs before the deploy: the running code knows neither the tables nor the columns. `merged_into_id` has no foreign
key: on SQLite that would rebuild both tables, and with them the triggers of the search.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

STANDS = sa.text("undone_at IS NULL")
PARTNERS = ("referrer", "community_organization")


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id", column], [f"{target}.practice_id", f"{target}.id"],
        name=op.f(f"fk_{table}_practice_id_{column}"), deferrable=True, initially="DEFERRED",
    )  # fmt: skip


def _of_practice(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id")
    )


def upgrade() -> None:
    for name in PARTNERS:
        op.add_column(name, sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    op.create_table(
        "partner_merge",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("merged_at", columns.UtcDateTime(), nullable=False),
        sa.Column("merged_by_id", sa.Uuid(), nullable=True),
        sa.Column("was", columns.Json(), nullable=False),
        sa.Column("undone_at", columns.UtcDateTime(), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        _of_practice("partner_merge"),
        *(_refers("partner_merge", name, "user_account") for name in ("merged_by_id", "undone_by_id")),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_partner_merge")),
    )  # fmt: skip
    op.create_index(
        "uq_partner_merge_merged", "partner_merge", ["practice_id", "merged_id"], unique=True,
        sqlite_where=STANDS, postgresql_where=STANDS,
    )  # fmt: skip
    op.create_index(
        op.f("ix_partner_merge_practice_id_survivor_id"), "partner_merge",
        ["practice_id", "survivor_id"],
    )  # fmt: skip
    op.create_table(
        "partner_merge_move",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("was", columns.Json(), nullable=False),
        _of_practice("partner_merge_move"),
        _refers("partner_merge_move", "merge_id", "partner_merge"),
        sa.PrimaryKeyConstraint(
            "practice_id", "merge_id", "table_name", "row_id", name=op.f("pk_partner_merge_move")
        ),
    )
    op.create_table(
        "partner_not_same",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", columns.UtcDateTime(), nullable=False),
        sa.Column("said_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_partner_not_same_in_order")),
        _of_practice("partner_not_same"),
        _refers("partner_not_same", "said_by_id", "user_account"),
        sa.PrimaryKeyConstraint(
            "practice_id", "first_id", "second_id", name=op.f("pk_partner_not_same")
        ),
    )


def downgrade() -> None:
    for table in ("partner_not_same", "partner_merge_move", "partner_merge"):
        op.drop_table(table)
    for name in PARTNERS:
        op.drop_column(name, "merged_into_id")
