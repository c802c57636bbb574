"""Ledger rows name their composition and who acted; deleted texts are recorded; a patient's past team,
setting and status are kept.

Runs before the deploy: the running code does not know the columns and writes rows of composition 1.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE = "touchpoint_erasure"


def _refers(column: str, table: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id", column],
        [f"{to}.practice_id", f"{to}.id"],
        name=op.f(f"fk_{table}_practice_id_{column}"),
        deferrable=True,
        initially="DEFERRED",
    )


def _of_practice(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id")
    )


def upgrade() -> None:
    op.add_column("user_account", sa.Column("npi", sa.Text(), nullable=True))
    op.add_column(
        "touchpoint",
        sa.Column("composition", sa.BigInteger(), server_default="1", nullable=False),
    )
    for name in ("actor_name", "actor_npi"):
        op.add_column("touchpoint", sa.Column(name, sa.Text(), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("touchpoint_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        _of_practice(TABLE),
        _refers("touchpoint_id", TABLE, "touchpoint"),
        _refers("by_id", TABLE, "user_account"),
        sa.PrimaryKeyConstraint("practice_id", "touchpoint_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_table(
        "patient_past",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("until", columns.UtcDateTime(), nullable=False),
        sa.Column("care_team", sa.Text(), nullable=True),
        sa.Column("setting", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        _of_practice("patient_past"),
        _refers("patient_id", "patient_past", "patient"),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_patient_past")),
    )
    op.create_index(
        "ix_patient_past_practice_id_patient_id_until",
        "patient_past",
        ["practice_id", "patient_id", "until"],
    )
    _refuse_change()


def _refuse_change() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_refuse_{verb.lower()} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {TABLE}_refuse BEFORE UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_refuse_truncate BEFORE TRUNCATE ON {TABLE} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("patient_past")
    op.drop_table(TABLE)
    for name in ("actor_npi", "actor_name", "composition"):
        op.drop_column("touchpoint", name)
    op.drop_column("user_account", "npi")
