"""A care team ends without being deleted, and says which subgroups it serves.

Runs before the deploy: the running code does not know the column and the table.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

TABLE = "care_team_subgroup"
REFERS = {"care_team_id": "care_team", "subgroup_id": "subgroup"}


def upgrade() -> None:
    op.add_column("care_team", sa.Column("ended_at", columns.UtcDateTime(), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in REFERS),
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
        sa.UniqueConstraint(
            "practice_id", "care_team_id", "subgroup_id",
            name=op.f(f"uq_{TABLE}_practice_id_care_team_id_subgroup_id"),
        ),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("care_team", "ended_at")
