"""One e-mail may carry what others were queued to say to the same office, and what an office was sent, or sent
by its link, is found along an index.

Runs before the deploy: the running code does not know the column.
"""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

CARRIED = sa.text("carried_by_id IS NOT NULL")
INTAKES = "ix_referral_intake_practice_id_referrer_id_received_at"


def upgrade() -> None:
    op.add_column("mail", sa.Column("carried_by_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_mail_carried", "mail", ["practice_id", "carried_by_id"],
        sqlite_where=CARRIED, postgresql_where=CARRIED,
    )  # fmt: skip
    op.create_index("ix_mail_address", "mail", ["practice_id", "to_address", "created_at"])
    op.create_index(INTAKES, "referral_intake", ["practice_id", "referrer_id", "received_at"])


def downgrade() -> None:
    op.drop_index(INTAKES, table_name="referral_intake")
    op.drop_index("ix_mail_address", table_name="mail")
    op.drop_index("ix_mail_carried", table_name="mail")
    op.drop_column("mail", "carried_by_id")
