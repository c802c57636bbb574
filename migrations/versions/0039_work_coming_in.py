"""Imports of several kinds with a preview and an undo: what each did record by record, and the ids under
which other systems know our records.

Runs before the deploy: the running code does not know the columns and tables.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

RUN, ROW, LINK = "import_run", "import_row", "source_link"


def upgrade() -> None:
    words = (("kind", "panel"), ("phase", "commit"), ("came_by", "page"))
    for name, default in words:
        length = sa.Text() if name == "came_by" else sa.String(40)
        op.add_column(RUN, sa.Column(name, length, server_default=default, nullable=False))
    op.add_column(RUN, sa.Column("passed_over", columns.Json(), nullable=True))
    op.add_column(RUN, sa.Column("sample", sa.LargeBinary(), nullable=True))
    op.add_column(RUN, sa.Column("in_the_way", columns.Json(), nullable=True))
    op.create_table(
        ROW,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        sa.Column("undone_at", columns.UtcDateTime(), nullable=True),
        _of_practice(ROW),
        sa.ForeignKeyConstraint(
            ["practice_id", "run_id"], ["import_run.practice_id", "import_run.id"],
            name=op.f("fk_import_row_practice_id_run_id"), deferrable=True, initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_import_row")),
    )  # fmt: skip
    for wanted in (["practice_id", "run_id", "id"], ["practice_id", "subject_id"]):
        op.create_index(op.f(f"ix_import_row_{'_'.join(wanted)}"), ROW, wanted)
    op.create_table(
        LINK,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        _of_practice(LINK),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_source_link")),
        sa.UniqueConstraint(
            "practice_id", "subject_type", "source_id",
            name=op.f("uq_source_link_practice_id_subject_type_source_id"),
        ),
    )  # fmt: skip
    op.create_index(
        op.f("ix_source_link_practice_id_subject_id"), LINK, ["practice_id", "subject_id"]
    )


def _of_practice(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id")
    )


def downgrade() -> None:
    op.drop_table(LINK)
    op.drop_table(ROW)
    with op.batch_alter_table(RUN) as run:
        for name in ("in_the_way", "sample", "passed_over", "came_by", "phase", "kind"):
            run.drop_column(name)
