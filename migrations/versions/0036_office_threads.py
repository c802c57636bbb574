"""A referring office's numbers are known as its own, it has a thread, and a text or call of it can be tied to one
of its referrals.

Runs before the deploy: the running code does not know the columns. An office's number that a patient uses
too stays the patient's: staff decide.
"""

from datetime import UTC, datetime
from uuid import uuid4  # noqa: TID251 - a migration imports nothing of the app

import sqlalchemy as sa
from alembic import op

from migrations import columns

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

THREAD = sa.text("kind = 'referral'")
TIED = sa.text("message_id IS NOT NULL AND withdrawn_at IS NULL")
TIED_CALL = sa.text("call_id IS NOT NULL AND withdrawn_at IS NULL")
OF_OFFICE = sa.text("referrer_id IS NOT NULL")
ADDED = {
    "phone_number": {"referrer_id": "referrer"},
    "conversation": {"referrer_id": "referrer"},
    "referral_note": {"message_id": "message", "call_id": "incoming_call"},
}


def upgrade() -> None:
    for name, added in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column, target in added.items():
                table.add_column(sa.Column(column, sa.Uuid(), nullable=True))
                table.create_foreign_key(
                    op.f(f"fk_{name}_practice_id_{column}"), target, ["practice_id", column],
                    ["practice_id", "id"], deferrable=True, initially="DEFERRED",
                )  # fmt: skip
    op.add_column("referral_note", sa.Column("withdrawn_at", columns.UtcDateTime(), nullable=True))
    op.create_index("uq_conversation_office", "conversation", ["practice_id", "referrer_id"],
                    unique=True, sqlite_where=THREAD, postgresql_where=THREAD)  # fmt: skip
    op.create_index("ix_phone_number_office", "phone_number", ["practice_id", "referrer_id"],
                    sqlite_where=OF_OFFICE, postgresql_where=OF_OFFICE)  # fmt: skip
    op.create_index("uq_referral_note_message", "referral_note", ["practice_id", "message_id"],
                    unique=True, sqlite_where=TIED, postgresql_where=TIED)  # fmt: skip
    op.create_index("uq_referral_note_call", "referral_note", ["practice_id", "call_id"],
                    unique=True, sqlite_where=TIED_CALL, postgresql_where=TIED_CALL)  # fmt: skip
    _know_numbers()


def _know_numbers() -> None:
    """Every office's phone becomes a number of the practice, unless a patient uses it, or another system wrote
    it as no number."""
    connection, uuid, string = op.get_bind(), sa.Uuid(), sa.Text()
    office = sa.table("referrer", sa.column("practice_id", uuid), sa.column("id", uuid),
                      sa.column("phone", string))  # fmt: skip
    number = sa.table(
        "phone_number", sa.column("practice_id", uuid), sa.column("id", uuid),
        sa.column("e164", string), sa.column("state", string), sa.column("referrer_id", uuid),
        sa.column("created_at", columns.UtcDateTime()),
    )  # fmt: skip
    point = sa.table("contact_point", sa.column("practice_id", uuid),
                     sa.column("phone_number_id", uuid), sa.column("ended_at"))  # fmt: skip
    offices = sa.select(office).where(office.c.phone.like("+%")).order_by(office.c.id)
    for practice_id, office_id, e164 in connection.execute(offices).all():
        here = (number.c.practice_id == practice_id, number.c.e164 == e164)
        known = connection.scalar(sa.select(number.c.id).where(*here))
        if known is None:
            connection.execute(number.insert().values(
                practice_id=practice_id, id=uuid4(), e164=e164, state="ok",
                referrer_id=office_id, created_at=datetime.now(UTC),
            ))  # fmt: skip
            continue
        used = sa.select(point.c.phone_number_id).where(
            point.c.practice_id == practice_id, point.c.phone_number_id == known,
            point.c.ended_at.is_(None),
        )  # fmt: skip
        free = number.c.referrer_id.is_(None), ~used.exists()
        connection.execute(number.update().where(*here, *free).values(referrer_id=office_id))


def downgrade() -> None:
    op.drop_index("uq_referral_note_call", table_name="referral_note")
    op.drop_index("uq_referral_note_message", table_name="referral_note")
    op.drop_index("ix_phone_number_office", table_name="phone_number")
    op.drop_index("uq_conversation_office", table_name="conversation")
    with op.batch_alter_table("referral_note") as note:
        note.drop_column("withdrawn_at")
    for name, added in ADDED.items():
        with op.batch_alter_table(name) as table:
            for column in added:
                table.drop_constraint(op.f(f"fk_{name}_practice_id_{column}"), type_="foreignkey")
                table.drop_column(column)
