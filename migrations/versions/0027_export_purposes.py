"""Exports say what they are for, on which basis, and what they are narrowed to; a consent may end by itself.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TEXTS = ("reason", "basis", "payer")


def upgrade() -> None:
    op.add_column("consent", sa.Column("expires_on", sa.Date(), nullable=True))
    op.add_column(
        "export_run", sa.Column("purpose", sa.Text(), server_default="internal", nullable=False)
    )
    for name in TEXTS:
        op.add_column("export_run", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("export_run", sa.Column("patient_id", sa.Uuid(), nullable=True))
    for name in ("as_of_seq", "since_seq"):
        op.add_column("export_run", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in ("since_seq", "as_of_seq", "patient_id", *reversed(TEXTS), "purpose"):
        op.drop_column("export_run", name)
    op.drop_column("consent", "expires_on")
