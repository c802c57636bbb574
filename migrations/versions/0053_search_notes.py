"""Staff's notes are found by the search: triggers note them, and those there are become due.

Runs after the deploy: a worker of before does not know the kind and would stumble over what is due.
"""

from alembic import op

from migrations import search_triggers

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    search_triggers.create(op.execute, op.get_bind().dialect.name, ("note",))
    op.execute(
        "INSERT INTO search_due (practice_id, kind, subject_id, marks) "
        "SELECT practice_id, 'note', id, 1 FROM note"
    )


def downgrade() -> None:
    search_triggers.drop(op.execute, op.get_bind().dialect.name, ("note",))
    for table in ("search_due", "search_entry"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'note'")  # noqa: S608 - our names
