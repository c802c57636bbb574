"""A referral has the states of a Gravity Task, dated milestones, and a check whether it is a fit.

The states of before become the nearest of these, and what was known of the way becomes milestones.
Runs with the deploy: the running code does not know the new states.
"""

from uuid import uuid4  # noqa: TID251 - a migration imports nothing of the app

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE, CRITERION = "referral_milestone", "fit_criterion"
STATES = {
    "received": "requested",
    "connected": "in_progress",
    "closed": "completed",
}
KNOWN = (("received", "received_at"), ("contacted", "connected_at"), ("pcp_told", "pcp_told_at"))
STANDING = sa.text("taken_back_at IS NULL")
BATCH = 1000


def upgrade() -> None:
    _create_tables()
    with op.batch_alter_table("referral") as referral:
        referral.add_column(sa.Column("status_reason", columns.EncryptedText(), nullable=True))
        referral.add_column(sa.Column("is_fit", sa.Boolean(), nullable=True))
        referral.add_column(sa.Column("unmet_criterion_id", sa.Uuid(), nullable=True))
        referral.create_foreign_key(
            op.f("fk_referral_practice_id_unmet_criterion_id"),
            CRITERION,
            ["practice_id", "unmet_criterion_id"],
            ["practice_id", "id"],
            deferrable=True,
            initially="DEFERRED",
        )
    for was, becomes in STATES.items():
        op.execute(f"UPDATE referral SET status = '{becomes}' WHERE status = '{was}'")  # noqa: S608
    op.execute(
        "UPDATE referral SET status = CASE WHEN connected_at IS NULL THEN 'accepted'"
        " ELSE 'in_progress' END WHERE status = 'pcp_told'"
    )
    for kind, column in KNOWN:
        _write_milestones(kind, column)
    _check_keys_now()


def _create_tables() -> None:
    op.create_table(
        CRITERION,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f(f"fk_{CRITERION}_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{CRITERION}")),
    )
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("happened_at", columns.UtcDateTime(), nullable=False),
        sa.Column("recorded_at", columns.UtcDateTime(), nullable=False),
        sa.Column("by_kind", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("evidence", sa.String(length=40), nullable=True),
        sa.Column("note", columns.EncryptedText(), nullable=True),
        sa.Column("taken_back_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id", "referral_id"],
            ["referral.practice_id", "referral.id"],
            name=op.f(f"fk_{TABLE}_practice_id_referral_id"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f(f"fk_{TABLE}_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        "uq_referral_milestone_standing",
        TABLE,
        ["practice_id", "referral_id", "kind"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )


def _write_milestones(kind: str, column: str) -> None:
    """One per referral whose moment is known; who it was stands in the events."""
    referral = sa.table(
        "referral",
        sa.column("practice_id", sa.Uuid()),
        sa.column("id", sa.Uuid()),
        sa.column(column, columns.UtcDateTime()),
    )
    milestone = sa.table(
        TABLE,
        *(sa.column(name, sa.Uuid()) for name in ("practice_id", "id", "referral_id")),
        *(sa.column(name, columns.UtcDateTime()) for name in ("happened_at", "recorded_at")),
        *(sa.column(name, sa.Text()) for name in ("kind", "by_kind")),
    )
    moment = referral.c[column]
    found = op.get_bind().execute(
        sa.select(referral.c.practice_id, referral.c.id, moment).where(moment.is_not(None))
    )
    while rows := found.fetchmany(BATCH):
        op.bulk_insert(
            milestone,
            [
                {
                    "practice_id": practice_id,
                    "id": uuid4(),
                    "referral_id": referral_id,
                    "kind": kind,
                    "happened_at": at,
                    "recorded_at": at,
                    "by_kind": "system",
                }
                for practice_id, referral_id, at in rows
            ],
        )


def _check_keys_now() -> None:
    """PostgreSQL alters no table with keys still to be checked at the end of the transaction."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")


def downgrade() -> None:
    op.execute(
        "UPDATE referral SET status = CASE WHEN status = 'completed' THEN 'closed'"
        " WHEN status IN ('cancelled', 'rejected', 'failed', 'entered_in_error') THEN 'cancelled'"
        " WHEN pcp_told_at IS NOT NULL THEN 'pcp_told'"
        " WHEN connected_at IS NOT NULL THEN 'connected' ELSE 'received' END"
    )
    _check_keys_now()
    with op.batch_alter_table("referral") as referral:
        referral.drop_constraint(
            op.f("fk_referral_practice_id_unmet_criterion_id"), type_="foreignkey"
        )
        for name in ("unmet_criterion_id", "is_fit", "status_reason"):
            referral.drop_column(name)
    op.drop_table(TABLE)
    op.drop_table(CRITERION)
