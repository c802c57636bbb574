"""Every version of a practice's wording is kept with its approval, and a message knows the version it was
written from. What a practice wrote so far is its first version.

Runs before the deploy: the running code does not know the table and the columns.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLE = "wording_version"
_IS_DRAFT = sa.text("state = 'draft'")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_reply", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", columns.UtcDateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", columns.UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("same_as", sa.BigInteger(), nullable=True),
        _refers("author_id"),
        _refers("decided_by_id"),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practice.id"], name=op.f("fk_wording_version_practice_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "id", name=op.f("pk_wording_version")),
        sa.UniqueConstraint(
            "practice_id", "key", "language", "number",
            name=op.f("uq_wording_version_practice_id_key_language_number"),
        ),
    )  # fmt: skip
    op.create_index(
        "uq_wording_version_draft", TABLE, ["practice_id", "key", "language"], unique=True,
        sqlite_where=_IS_DRAFT, postgresql_where=_IS_DRAFT,
    )  # fmt: skip
    op.add_column("message", sa.Column("template_version", sa.BigInteger(), nullable=True))
    op.add_column(
        "message_template",
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
    )
    _keep_what_is_in_force()


def _refers(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["practice_id", column],
        ["user_account.practice_id", "user_account.id"],
        name=op.f(f"fk_wording_version_practice_id_{column}"),
        deferrable=True,
        initially="DEFERRED",
    )


def _keep_what_is_in_force() -> None:
    """The rows' own ids will do: they are unique in the new table, too."""
    op.execute(
        "INSERT INTO wording_version (practice_id, id, key, language, number, title, body, "
        "is_reply, state, created_at, decided_at) "
        "SELECT practice_id, id, key, language, 1, title, body, is_reply, 'approved', "
        "updated_at, updated_at FROM message_template"
    )


def downgrade() -> None:
    op.drop_column("message_template", "version")
    op.drop_column("message", "template_version")
    op.drop_table(TABLE)
