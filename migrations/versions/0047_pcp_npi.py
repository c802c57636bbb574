"""The NPI of a patient's primary care provider, as panels and FHIR name it.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patient", sa.Column("pcp_npi", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("patient", "pcp_npi")
