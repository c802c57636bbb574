"""Patients referred through an office's link wait in a list; an office and the care team ask each other about a
referral; an office has a code for its printed form and a day for its digest.

Runs before the deploy: the running code does not know the tables and the columns.
"""

from collections.abc import Iterable
from secrets import choice

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

INTAKE, NOTE = "referral_intake", "referral_note"
WAITING = sa.text("status = 'waiting'")
ASKED = sa.text("office_asked_at IS NOT NULL")
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that a fax makes into another


def upgrade() -> None:
    op.create_table(
        INTAKE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referrer_id", sa.Uuid(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("referred_by", sa.Text(), nullable=True),
        sa.Column("reason", columns.EncryptedText(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("received_at", columns.UtcDateTime(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", columns.UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("dismissed_why", sa.Text(), nullable=True),
        *_keys(
            INTAKE, referrer_id="referrer", referral_id="referral", settled_by_id="user_account"
        ),
    )
    op.create_index(
        "ix_referral_intake_waiting", INTAKE, ["practice_id", "received_at"],
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip
    op.create_table(
        NOTE,
        sa.Column("practice_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("is_from_office", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("body", columns.EncryptedText(), nullable=False),
        sa.Column("at", columns.UtcDateTime(), nullable=False),
        *_keys(NOTE, referral_id="referral", author_id="user_account"),
    )
    op.create_index(
        op.f("ix_referral_note_practice_id_referral_id_at"),
        NOTE,
        ["practice_id", "referral_id", "at"],
    )
    op.add_column("referral", sa.Column("office_asked_at", columns.UtcDateTime(), nullable=True))
    op.create_index(
        "ix_referral_asked", "referral", ["practice_id", "office_asked_at"],
        sqlite_where=ASKED, postgresql_where=ASKED,
    )  # fmt: skip
    op.add_column("referrer", sa.Column("form_code", sa.Text(), nullable=True))
    op.add_column("referrer", sa.Column("digest_due_at", columns.UtcDateTime(), nullable=True))
    _give_codes()
    _check_keys_now()
    op.create_index("uq_referrer_form_code", "referrer", ["practice_id", "form_code"], unique=True)


def _keys(table: str, **refers: str) -> Iterable[sa.schema.SchemaItem]:
    for column, target in refers.items():
        yield sa.ForeignKeyConstraint(
            ["practice_id", column],
            [f"{target}.practice_id", f"{target}.id"],
            name=op.f(f"fk_{table}_practice_id_{column}"),
            deferrable=True,
            initially="DEFERRED",
        )
    yield sa.ForeignKeyConstraint(
        ["practice_id"], ["practice.id"], name=op.f(f"fk_{table}_practice_id")
    )
    yield sa.PrimaryKeyConstraint("practice_id", "id", name=op.f(f"pk_{table}"))


def _give_codes() -> None:
    referrer = sa.table(
        "referrer",
        sa.column("practice_id", sa.Uuid()),
        sa.column("id", sa.Uuid()),
        sa.column("form_code", sa.Text()),
    )
    connection = op.get_bind()
    for practice_id, id_ in connection.execute(
        sa.select(referrer.c.practice_id, referrer.c.id)
    ).all():
        code = "".join(choice(LETTERS) for _ in range(6))
        connection.execute(
            referrer.update()
            .where(referrer.c.practice_id == practice_id, referrer.c.id == id_)
            .values(form_code=code)
        )


def _check_keys_now() -> None:
    """PostgreSQL alters no table with keys still to be checked at the end of the transaction."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")


def downgrade() -> None:
    op.drop_index("uq_referrer_form_code", "referrer")
    for name in ("digest_due_at", "form_code"):
        op.drop_column("referrer", name)
    op.drop_index("ix_referral_asked", "referral")
    op.drop_column("referral", "office_asked_at")
    op.drop_table(NOTE)
    op.drop_table(INTAKE)
