"""An export asked for over the API: by which token, and under which key.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

TABLE, WHO, ONCE = "export_run", "fk_export_run_practice_id_token_id", "uq_export_run_asked_key"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as runs:
        runs.add_column(sa.Column("token_id", sa.Uuid(), nullable=True))
        runs.add_column(sa.Column("asked_key", sa.Text(), nullable=True))
        runs.create_foreign_key(
            op.f(WHO), "api_token", ["practice_id", "token_id"], ["practice_id", "id"],
            deferrable=True, initially="DEFERRED",
        )  # fmt: skip
        runs.create_index(ONCE, ["practice_id", "asked_key"], unique=True)


def downgrade() -> None:
    with op.batch_alter_table(TABLE) as runs:
        runs.drop_index(ONCE)
        runs.drop_constraint(op.f(WHO), type_="foreignkey")
        runs.drop_column("asked_key")
        runs.drop_column("token_id")
