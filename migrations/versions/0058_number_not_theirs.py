"""A number that somebody said is not a patient's stays off their record, whatever a file says next.

Runs before the deploy: the running code does not know the column. What was said so far is read from the events.
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

from app.core import columns

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

POINT = sa.table(
    "contact_point",
    *(sa.column(name, sa.Uuid()) for name in ("practice_id", "patient_id", "phone_number_id")),
    *(sa.column(name, columns.UtcDateTime()) for name in ("ended_at", "not_theirs_at")),
)
EVENT = sa.table(
    "event",
    *(sa.column(name, sa.Uuid()) for name in ("practice_id", "patient_id")),
    sa.column("kind", sa.Text()),
    sa.column("at", columns.UtcDateTime()),
    sa.column("facts", sa.JSON()),
)


def upgrade() -> None:
    op.add_column("contact_point", sa.Column("not_theirs_at", columns.UtcDateTime(), nullable=True))
    bind = op.get_bind()
    said = sa.select(EVENT).where(EVENT.c.kind == "patient.number_ended")
    for row in bind.execute(said).all():
        bind.execute(
            sa.update(POINT)
            .where(
                POINT.c.practice_id == row.practice_id,
                POINT.c.patient_id == row.patient_id,
                POINT.c.phone_number_id == UUID(row.facts["number_id"]),
                POINT.c.ended_at.is_not(None),
            )
            .values(not_theirs_at=row.at)
        )


def downgrade() -> None:
    op.drop_column("contact_point", "not_theirs_at")
