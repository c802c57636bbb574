"""Exports over FHIR's $export: what was asked, by which token, and the files until they expire.

Runs before the deploy: the running code does not know the table.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_export",
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("types", columns.Json(), nullable=False),
        sa.Column("unknown_types", columns.Json(), nullable=False),
        sa.Column("since", columns.UtcDateTime(), nullable=True),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("request_url", sa.Text(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("output", columns.Json(), nullable=False),
        sa.Column("path", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("transaction_time", columns.UtcDateTime(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("lease_until", columns.UtcDateTime(), nullable=True),
        sa.Column("finished_at", columns.UtcDateTime(), nullable=True),
        sa.Column("ended_at", columns.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_bulk_export_practice_id")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["practice_id", name], [f"{table}.practice_id", f"{table}.id"],
                name=op.f(f"fk_bulk_export_practice_id_{name}"),
                deferrable=True, initially="DEFERRED",
            )
            for name, table in (("token_id", "api_token"), ("group_id", "care_team"))
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_bulk_export")),
    )  # fmt: skip
    op.create_index(
        op.f("ix_bulk_export_practice_id_token_id_created_at"), "bulk_export",
        ["practice_id", "token_id", "created_at"],
    )  # fmt: skip
    op.create_index(
        op.f("ix_bulk_export_status_created_at"), "bulk_export", ["status", "created_at"]
    )


def downgrade() -> None:
    op.drop_table("bulk_export")
