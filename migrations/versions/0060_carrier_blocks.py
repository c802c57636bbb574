"""The carrier's blocks stand per number and line. What stood per number so far is the line's whose text was
refused with 21610, else the one last written to, else every line's of the practice.

Runs before the deploy: the running code does not know the table.
"""

import sqlalchemy as sa
from alembic import op

from app.core import columns

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

KEYS = ("practice_id", "phone_number_id", "line_id")
NUMBER = sa.table("phone_number", sa.column("practice_id", sa.Uuid()), sa.column("id", sa.Uuid()),
                  sa.column("carrier_blocked_at", columns.UtcDateTime()))  # fmt: skip
LINE = sa.table("line", sa.column("practice_id", sa.Uuid()), sa.column("id", sa.Uuid()))
MESSAGE = sa.table(
    "message",
    *(sa.column(name, sa.Uuid()) for name in KEYS),
    sa.column("direction", sa.Text()),
    sa.column("error_code", sa.BigInteger()),
    sa.column("created_at", columns.UtcDateTime()),
)
BLOCK = sa.table(
    "carrier_block",
    *(sa.column(name, sa.Uuid()) for name in KEYS),
    sa.column("blocked_at", columns.UtcDateTime()),
)


def _refers(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id", column], [f"{target}.practice_id", f"{target}.id"],
        name=op.f(f"fk_carrier_block_practice_id_{column}"), deferrable=True, initially="DEFERRED",
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "carrier_block",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in KEYS),
        sa.Column("blocked_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_carrier_block_practice_id")
        ),
        _refers("phone_number_id", "phone_number"),
        _refers("line_id", "line"),
        sa.PrimaryKeyConstraint(*KEYS, name=op.f("pk_carrier_block")),
    )
    bind = op.get_bind()
    blocked = sa.select(NUMBER).where(NUMBER.c.carrier_blocked_at.is_not(None))
    for number in bind.execute(blocked).all():
        for line_id in _lines(bind, number):
            bind.execute(sa.insert(BLOCK).values(
                practice_id=number.practice_id, phone_number_id=number.id, line_id=line_id,
                blocked_at=number.carrier_blocked_at,
            ))  # fmt: skip


def downgrade() -> None:
    op.drop_table("carrier_block")


def _lines(bind: sa.Connection, number: sa.Row) -> list[object]:
    of_number = (
        sa.select(MESSAGE.c.line_id)
        .where(
            MESSAGE.c.practice_id == number.practice_id,
            MESSAGE.c.phone_number_id == number.id,
            MESSAGE.c.line_id.is_not(None),
        )
        .order_by(MESSAGE.c.created_at.desc())
        .limit(1)
    )
    came_in = MESSAGE.c.created_at <= number.carrier_blocked_at
    for which in (MESSAGE.c.error_code == 21610,
                  sa.and_(MESSAGE.c.direction == "inbound", came_in)):  # fmt: skip
        found = bind.scalar(of_number.where(which))
        if found is not None:
            return [found]
    lines = sa.select(LINE.c.id).where(LINE.c.practice_id == number.practice_id)
    return list(bind.scalars(lines))
