"""How long the ledger is kept, holds, and the stubs that stand for rows whose time was over. A row of the
ledger, its tasks and its vouching may be deleted where the stub stands; everything else is refused as before.

Runs before the deploy: the running code deletes nothing.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

HOLD, STUB = "legal_hold", "touchpoint_stub"
#: Tables whose rows go with their touchpoint, and the column that names it.
GOES = {
    "touchpoint": "id",
    "touchpoint_task": "touchpoint_id",
    "touchpoint_attestation": "touchpoint_id",
}
#: Tables that outlive the row they name.
STAYS = ("touchpoint_seal", "touchpoint_erasure")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id", column], [f"{to}.practice_id", f"{to}.id"],
        name=op.f(f"fk_{table}_practice_id_{column}"), deferrable=True, initially="DEFERRED",
    )  # fmt: skip


def _of_practice(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id")
    )


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.add_column(
        "practice", sa.Column("keep_years", sa.BigInteger(), server_default="10", nullable=False)
    )
    op.create_table(
        HOLD,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by_id", sa.Uuid(), nullable=True),
        sa.Column("placed_at", columns.UtcDateTime(), nullable=False),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", columns.UtcDateTime(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        _of_practice(HOLD),
        _refers(HOLD, "patient_id", "patient"),
        _refers(HOLD, "placed_by_id", "user_account"),
        _refers(HOLD, "lifted_by_id", "user_account"),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{HOLD}")),
    )
    op.create_index(f"ix_{HOLD}_practice_id_patient_id", HOLD, ["practice_id", "patient_id"])
    op.create_table(
        STUB,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("touchpoint_id", sa.Uuid(), nullable=False),
        sa.Column("composition", sa.BigInteger(), nullable=False),
        sa.Column("commitments", columns.Json(), nullable=False),
        sa.Column("signed", columns.Json(), nullable=False),
        sa.Column("purged_at", columns.UtcDateTime(), nullable=False),
        _of_practice(STUB),
        sa.PrimaryKeyConstraint("practice_id", "touchpoint_id", name=op.f(f"pk_{STUB}")),
    )
    for table in STAYS:
        with op.batch_alter_table(table) as staying:
            staying.drop_constraint(
                op.f(f"fk_{table}_practice_id_touchpoint_id"), type_="foreignkey"
            )
        if _is_sqlite():  # it made the table anew, so its triggers are gone
            _refuse(table)
    _refuse(STUB)
    _let_go()


def _refuse(table: str) -> None:
    if _is_sqlite():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuse_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _let_go() -> None:
    """A DELETE passes where the stub stands."""
    if _is_sqlite():
        for table, column in GOES.items():
            op.execute(f"DROP TRIGGER {table}_refuse_delete")
            op.execute(
                f"CREATE TRIGGER {table}_refuse_delete BEFORE DELETE ON {table} WHEN NOT EXISTS ("  # noqa: S608
                f"SELECT 1 FROM {STUB} WHERE practice_id = OLD.practice_id AND touchpoint_id = "
                f"OLD.{column}) BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_without_stub() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608
        f"IF EXISTS (SELECT 1 FROM {STUB} WHERE practice_id = OLD.practice_id "
        "AND touchpoint_id = (to_jsonb(OLD) ->> TG_ARGV[0])::uuid) THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table, column in GOES.items():
        op.execute(f"DROP TRIGGER {table}_refuse ON {table}")
        op.execute(
            f"CREATE TRIGGER {table}_refuse BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_refuse_delete BEFORE DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_without_stub('{column}')"
        )


def downgrade() -> None:
    if _is_sqlite():
        for table in GOES:
            op.execute(f"DROP TRIGGER {table}_refuse_delete")
            op.execute(
                f"CREATE TRIGGER {table}_refuse_delete BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    else:
        for table in GOES:
            op.execute(f"DROP TRIGGER {table}_refuse_delete ON {table}")
            op.execute(f"DROP TRIGGER {table}_refuse ON {table}")
            op.execute(
                f"CREATE TRIGGER {table}_refuse BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
        op.execute("DROP FUNCTION refuse_without_stub()")
    for table in STAYS:
        with op.batch_alter_table(table) as staying:
            staying.create_foreign_key(
                op.f(f"fk_{table}_practice_id_touchpoint_id"), "touchpoint",
                ["practice_id", "touchpoint_id"], ["practice_id", "id"],
                deferrable=True, initially="DEFERRED",
            )  # fmt: skip
        if _is_sqlite():
            _refuse(table)
    op.drop_table(STUB)
    op.drop_table(HOLD)
    op.drop_column("practice", "keep_years")
