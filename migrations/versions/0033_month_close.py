"""Vouching for a row can be taken back by a row of its own, and given again; months are closed and opened
again.

Runs before the deploy: the running code writes one row of a kind per touchpoint, as before, and does not know
the other table.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

VOUCHING, CLOSE = "touchpoint_attestation", "month_close"
ONCE = "uq_touchpoint_attestation_practice_id_touchpoint_id_kind"
NTH = "uq_touchpoint_attestation_practice_id_touchpoint_id_kind_nth"
CLOSED = sa.text("reopened_at IS NULL")
REFERS = (("closed_by_id", "user_account"), ("reopened_by_id", "user_account"),
          ("export_id", "export_run"))  # fmt: skip


def upgrade() -> None:
    with op.batch_alter_table(VOUCHING) as vouching:
        vouching.add_column(sa.Column("nth", sa.BigInteger(), server_default="1", nullable=False))
        vouching.drop_constraint(op.f(ONCE), type_="unique")
        vouching.create_unique_constraint(
            op.f(NTH), ["practice_id", "touchpoint_id", "kind", "nth"]
        )
    _refuse_changes()
    op.create_table(
        CLOSE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("closed_at", columns.UtcDateTime(), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=False),
        sa.Column("left_open", columns.Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("reopened_at", columns.UtcDateTime(), nullable=True),
        sa.Column("reopened_by_id", sa.Uuid(), nullable=True),
        sa.Column("reopen_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_month_close_practice_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["practice_id", name], [f"{table}.practice_id", f"{table}.id"],
                name=op.f(f"fk_month_close_practice_id_{name}"),
                deferrable=True, initially="DEFERRED",
            )
            for name, table in REFERS
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_month_close")),
    )  # fmt: skip
    op.create_index(
        "uq_month_close_closed", CLOSE, ["practice_id", "month"], unique=True,
        sqlite_where=CLOSED, postgresql_where=CLOSED,
    )  # fmt: skip


def _refuse_changes() -> None:
    """SQLite made the table anew, so its triggers are gone."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {VOUCHING}_refuse_{verb.lower()} BEFORE {verb} ON {VOUCHING} "
                f"BEGIN SELECT RAISE(ABORT, '{VOUCHING} is append-only'); END"
            )


def downgrade() -> None:
    op.drop_table(CLOSE)
    with op.batch_alter_table(VOUCHING) as vouching:
        vouching.drop_constraint(op.f(NTH), type_="unique")
        vouching.create_unique_constraint(op.f(ONCE), ["practice_id", "touchpoint_id", "kind"])
        vouching.drop_column("nth")
    _refuse_changes()
