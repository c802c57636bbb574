"""The search: an entry of terms per record, full text over them, and the list of what is due, filled by
triggers. Everything there is becomes due; the worker indexes it while the practice works.

Runs before the deploy: the running code knows nothing of it, and the triggers keep the list for the new one.
"""

import sqlalchemy as sa
from alembic import op

from migrations import columns, search_triggers

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

KEY = ("practice_id", "kind", "subject_id")
TERMS = "array_to_tsvector(string_to_array(words, ' '))"


def upgrade() -> None:
    for name, own in (
        ("search_entry", (sa.Column("number", sa.BigInteger(), nullable=False),
                          sa.Column("words", sa.Text(), nullable=False))),
        ("search_due", (sa.Column("marks", sa.BigInteger(), server_default="1", nullable=False),
                        sa.Column("set_aside_at", columns.UtcDateTime(), nullable=True))),
    ):  # fmt: skip
        op.create_table(
            name,
            sa.Column("practice_id", sa.Uuid(), nullable=False),
            sa.Column("kind", sa.String(40), nullable=False),
            sa.Column("subject_id", sa.Uuid(), nullable=False),
            *own,
            sa.ForeignKeyConstraint(
                ["practice_id"], ["practice.id"], name=op.f(f"fk_{name}_practice_id")
            ),
            sa.PrimaryKeyConstraint(*KEY, name=op.f(f"pk_{name}")),
        )
    op.create_index("uq_search_entry_number", "search_entry", ["number"], unique=True)
    op.create_index(
        op.f("ix_search_entry_practice_id_kind_number"), "search_entry",
        ["practice_id", "kind", "number"],
    )  # fmt: skip
    dialect = op.get_bind().dialect.name
    _full_text(dialect)
    search_triggers.create(op.execute, dialect)
    for kind in ("patient", "message", "task", "referral"):
        op.execute(
            "INSERT INTO search_due (practice_id, kind, subject_id, marks) "  # noqa: S608 - no value
            f"SELECT practice_id, '{kind}', id, 1 FROM {kind}"
        )


def _full_text(dialect: str) -> None:
    if dialect != "sqlite":
        op.execute(f"CREATE INDEX search_words ON search_entry USING gin ({TERMS})")
        return
    op.execute(
        "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_entry', "
        "content_rowid='number', tokenize='unicode61 remove_diacritics 0', detail='none', columnsize=0)"
    )
    new = "INSERT INTO search_words(rowid, words) VALUES (NEW.number, NEW.words); "
    old = (
        "INSERT INTO search_words(search_words, rowid, words) "
        "VALUES ('delete', OLD.number, OLD.words); "
    )
    for verb, body in (("INSERT", new), ("DELETE", old), ("UPDATE", old + new)):
        op.execute(
            f"CREATE TRIGGER search_entry_{verb.lower()} AFTER {verb} ON search_entry "
            f"BEGIN {body}END"
        )


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    search_triggers.drop(op.execute, dialect)
    if dialect == "sqlite":
        op.execute("DROP TABLE search_words")
    op.drop_table("search_due")
    op.drop_table("search_entry")
