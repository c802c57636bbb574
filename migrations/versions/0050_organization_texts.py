"""Community organizations may choose texts for their links: the number, who agreed to it and in which words; the
number is known as theirs, and what comes from it has a thread.

Runs before the deploy: the running code does not know the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

THEIRS = sa.text("organization_id IS NOT NULL")
WHOSE = ("phone_number", "conversation")


def upgrade() -> None:
    with op.batch_alter_table("community_organization") as table:
        table.add_column(
            sa.Column("links_by", sa.String(40), nullable=False, server_default="email")
        )
        for name in ("mobile", "texts_agreed_name", "texts_agreed_wording"):
            table.add_column(sa.Column(name, sa.Text(), nullable=True))
        table.add_column(sa.Column("texts_agreed_at", columns.UtcDateTime(), nullable=True))
        _add_link(table, "community_organization", "texts_agreed_by_id", "user_account")
    for name in WHOSE:
        with op.batch_alter_table(name) as table:
            _add_link(table, name, "organization_id", "community_organization")
    op.create_index("uq_conversation_organization", "conversation",
                    ["practice_id", "organization_id"], unique=True,
                    sqlite_where=THEIRS, postgresql_where=THEIRS)  # fmt: skip
    op.create_index("ix_phone_number_organization", "phone_number",
                    ["practice_id", "organization_id"],
                    sqlite_where=THEIRS, postgresql_where=THEIRS)  # fmt: skip


def _add_link(table: sa.Table, name: str, column: str, target: str) -> None:
    table.add_column(sa.Column(column, sa.Uuid(), nullable=True))
    table.create_foreign_key(
        op.f(f"fk_{name}_practice_id_{column}"), target, ["practice_id", column],
        ["practice_id", "id"], deferrable=True, initially="DEFERRED",
    )  # fmt: skip


def downgrade() -> None:
    op.drop_index("ix_phone_number_organization", table_name="phone_number")
    op.drop_index("uq_conversation_organization", table_name="conversation")
    for name in WHOSE:
        with op.batch_alter_table(name) as table:
            table.drop_constraint(
                op.f(f"fk_{name}_practice_id_organization_id"), type_="foreignkey"
            )
            table.drop_column("organization_id")
    with op.batch_alter_table("community_organization") as table:
        table.drop_constraint(
            op.f("fk_community_organization_practice_id_texts_agreed_by_id"), type_="foreignkey"
        )
        for name in ("texts_agreed_by_id", "texts_agreed_at", "texts_agreed_wording",
                     "texts_agreed_name", "mobile", "links_by"):  # fmt: skip
            table.drop_column(name)
