"""What the owner of the database can do to the ledger with the triggers off, and which row is the first bad
one then."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.actions import ledger_words, seals
from app.core.db import db
from app.models.touchpoint import Touchpoint, TouchpointSeal, TouchpointText
from app.queries.ledger import tasks_served
from app.value.commitments import commit

Expected = int | None


@dataclass
class Owner:
    """Who may do anything to the database, and knows how rows are hashed. `last` is the chain's end."""

    sam: UUID
    kim: UUID
    chance: random.Random
    at: Any
    last: int

    def place(self) -> int:
        return self.chance.randint(1, self.last)

    def seal_at(self, seq: int) -> TouchpointSeal:
        return db.session.query(TouchpointSeal).filter_by(seq=seq).one()

    def row_at(self, seq: int) -> Touchpoint:
        return db.session.query(Touchpoint).filter_by(id=self.seal_at(seq).touchpoint_id).one()

    def do(self, statement: str, **values: Any) -> None:
        db.session.execute(text(statement), values)
        db.session.expire_all()

    def stamp_from(self, seq: int) -> None:
        """Make every link from `seq` on fit again."""
        for each in (
            db.session.query(TouchpointSeal).filter(TouchpointSeal.seq >= seq).order_by("seq")
        ):
            row = db.session.query(Touchpoint).filter_by(id=each.touchpoint_id).one()
            before = self.seal_at(each.seq - 1).row_hash if each.seq > 1 else "0" * 64
            tasks = tasks_served(row.practice_id, [row.id]).get(row.id, [])
            words = ledger_words.commitments_of(row.practice_id, [row])
            each.previous_hash, each.text_commitment = before, words.get(row.id, ledger_words.NONE)
            each.row_hash = seals.hash_row(row, tasks, each.text_commitment, seq=each.seq,
                                           previous=before, sealed_at=each.sealed_at)  # fmt: skip
            db.session.flush()

    # what they do; each returns the first bad row, None when only a row outside the chain can be named

    def edit(self) -> Expected:
        seq = self.place()
        row = self.row_at(seq)
        minutes = [("seconds", row.seconds + 1)] if row.seconds else []
        name, value = self.chance.choice([
            *minutes, ("payer", "Other Plan"), ("member_id", "M-1"), ("setting", "snf"),
            ("activity_type", "care_coordination"), ("contact_outcome", "declined"), ("channel", "fax"),
            ("actor_name", "Somebody Else"), ("subgroup", "complex"), ("is_hospice", True),
            ("result", {"kind": "made up"}), ("patient_id", self.kim), ("composition", 1),
        ])  # fmt: skip
        setattr(row, name, value)
        return seq

    def edit_seal(self) -> Expected:
        seq = self.place()
        name = self.chance.choice(["row_hash", "previous_hash", "text_commitment"])
        setattr(self.seal_at(seq), name, "0" * 63 + "1")
        return seq

    def back_date(self) -> Expected:
        seq = self.place()
        self.seal_at(seq).sealed_at = self.at.replace(year=2025)
        return seq

    def delete(self) -> Expected:
        seq = self.place()
        table, column = self.chance.choice(
            [("touchpoint", "id"), ("touchpoint_seal", "touchpoint_id")]
        )
        row = self.row_at(seq)
        self.do(f"DELETE FROM {table} WHERE {column} = :id", id=_bound(row.id))
        return seq

    def swap(self) -> Expected:
        first, second = sorted(self.chance.sample(range(1, self.last + 1), 2))
        one, two = self.seal_at(first), self.seal_at(second)
        one_id, two_id = one.touchpoint_id, two.touchpoint_id
        two.touchpoint_id = self.sam
        db.session.flush()
        one.touchpoint_id = two_id
        db.session.flush()
        two.touchpoint_id = one_id
        return first

    def edit_words(self) -> Expected:
        seq = self.place()
        row = self.row_at(seq)
        note = db.session.query(TouchpointText).filter_by(touchpoint_id=row.id).one()
        if self.chance.random() < 0.3:
            db.session.delete(note)
        elif row.message_id:
            db.session.query(ledger_words.Message).filter_by(id=row.message_id).one().body = "other"
        else:
            note.summary = "Never happened"
        return seq

    def add_task(self) -> Expected:
        seq = self.place()
        row = self.row_at(seq)
        values = [_bound(each) for each in (row.practice_id, row.id, row.patient_id)]
        self.do(
            "INSERT INTO touchpoint_task VALUES (:a, :b, :c)",
            **dict(zip("abc", values, strict=True)),
        )
        return seq

    def insert_between(self) -> Expected:
        """A forged row in the chain's middle, everything behind it renumbered and stamped anew."""
        seq = self.place()
        forged = _copy(self.row_at(seq), source_id="forged")
        db.session.add(forged)
        db.session.flush()
        practice_id, row_id = forged.practice_id, forged.id
        for each in range(self.last, seq - 1, -1):
            self.do("UPDATE touchpoint_seal SET seq = seq + 1 WHERE seq = :seq", seq=each)
        db.session.expunge_all()
        db.session.add(TouchpointSeal(
            practice_id=practice_id, seq=seq, touchpoint_id=row_id, previous_hash="",
            row_hash="", text_commitment="", change_seq=0, sealed_at=self.at,
        ))  # fmt: skip
        db.session.flush()
        self.stamp_from(seq)
        return seq

    def insert_beside(self) -> Expected:
        row = _copy(self.row_at(self.place()), source_id="beside")
        db.session.add(row)
        db.session.flush()
        db.session.info.pop("changes", None)  # written past the product, no change is numbered
        return None

    def cut(self) -> Expected:
        seq = self.place()
        ids = [_bound(self.seal_at(each).touchpoint_id) for each in range(seq, self.last + 1)]
        self.do("DELETE FROM touchpoint_seal WHERE seq >= :seq", seq=seq)
        for id_ in ids:
            for table, column in (("touchpoint_text", "touchpoint_id"), ("touchpoint", "id")):
                self.do(f"DELETE FROM {table} WHERE {column} = :id", id=id_)
        return seq

    def cut_and_refill(self) -> Expected:
        kept = _copy(self.row_at(1))
        db.session.expunge_all()
        seq = self.cut()
        assert seq is not None
        for each in range(seq, self.last + 1):
            before = self.seal_at(each - 1).row_hash if each > 1 else "0" * 64
            row = _copy(kept, source_id=f"new-{each}")
            db.session.add(row)
            db.session.flush()
            db.session.add(TouchpointSeal(
                practice_id=row.practice_id, seq=each, touchpoint_id=row.id, previous_hash=before,
                row_hash="", text_commitment="", change_seq=each, sealed_at=self.at,
            ))  # fmt: skip
            db.session.flush()
            self.stamp_from(each)
        return seq

    def edit_and_stamp(self) -> Expected:
        """The row says something else, its words too, and every link fits."""
        seq = self.place()
        row = self.row_at(seq)
        row.payer = "Other Plan"
        note = db.session.query(TouchpointText).filter_by(touchpoint_id=row.id).one()
        note.salt = bytes(32)
        db.session.flush()
        self.stamp_from(seq)
        assert commit(note.salt, None) != self.seal_at(seq).text_commitment
        return seq


DEEDS: list[Callable[[Owner], Expected]] = [
    Owner.edit, Owner.edit_seal, Owner.back_date, Owner.delete, Owner.swap, Owner.edit_words,
    Owner.add_task, Owner.insert_between, Owner.insert_beside, Owner.cut, Owner.edit_and_stamp,
    Owner.cut_and_refill,
]  # fmt: skip


def _copy(row: Touchpoint, **replaced: Any) -> Touchpoint:
    kept = {c.key: getattr(row, c.key) for c in Touchpoint.__mapper__.column_attrs if c.key != "id"}
    return Touchpoint(**(kept | {"source_kind": "call", "message_id": None} | replaced))


def _bound(value: Any) -> Any:
    return value.hex if db.engine.dialect.name == "sqlite" else value
