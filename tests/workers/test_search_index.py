"""The search's index: every way of writing is noted, words that are deleted are gone at once, encrypted texts
are never in it, and a broken record does not stop the others."""

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from app.actions import search_check, text_erasures
from app.core.crypto import keyring
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.event import SYSTEM
from app.models.message import Message
from app.models.patient import Patient
from app.models.search_entry import SearchDue, SearchEntry, SearchKind
from app.models.task import TaskType
from app.queries.search import find
from tests.conftest import Clock
from tests.phones import Phones
from tests.world import World, look_again
from workers import search_index as sweep
from workers.timetable import TICKS


def entries(kind: SearchKind) -> dict[object, str]:
    look_again()
    rows = select(SearchEntry.subject_id, SearchEntry.words).where(SearchEntry.kind == kind)
    return {id_: words for id_, words in db.session.execute(rows)}


def found(world: World, q: str) -> list[str]:
    look_again()
    groups = find(world.viewer(world.lea), q).groups
    return [row.shown_body for group in groups for row in group.rows if isinstance(row, Message)]


def test_it_is_on_the_timetable() -> None:
    assert [tick.sweep for tick in TICKS if tick.name == "search"] == [sweep.run]


def test_it_indexes_once_and_leaves_alone_what_did_not_change(world: World) -> None:
    assert sweep.run() == 7
    before = entries(SearchKind.PATIENT)
    assert len(before) == 7
    assert sweep.run() == 0
    with transaction():
        db.session.get_one(Patient, (world.practice.id, world.sam.id)).pcp = "Dr. Who"
    assert sweep.run() == 0, "nothing a patient is found by"
    assert entries(SearchKind.PATIENT) == before


def test_it_notes_rows_written_past_the_records(world: World, phones: Phones) -> None:
    """One statement for many rows, as lists and imports write them."""
    message = phones.text(world.sam, "The walker broke")
    sweep.run()
    assert found(world, "walker") == ["The walker broke"]
    with transaction():
        row = db.session.execute(
            select(*(c for c in Message.__table__.c)).where(Message.id == message.id)
        ).mappings().one()  # fmt: skip
        values = dict(row) | {"id": new_id(), "send_key": "copy", "provider_id": None}
        db.session.execute(insert(Message), [values | {"body": "Another walker"}])
    sweep.run()
    assert sorted(found(world, "walker")) == ["Another walker", "The walker broke"]


def test_it_forgets_words_in_the_transaction_that_deletes_them(
    world: World, phones: Phones, clock: Clock
) -> None:
    phones.text(world.sam, "My walker broke")
    phones.text(world.tom, "Her walker too")
    sweep.run()
    assert len(entries(SearchKind.MESSAGE)) == 2
    with transaction():
        text_erasures.erase(world.sam, reason="Asked by the patient", by=SYSTEM, at=clock.now)
    assert len(entries(SearchKind.MESSAGE)) == 1, "before any worker ran"
    assert found(world, "walker") == ["Her walker too"]
    sweep.run()
    assert len([words for words in entries(SearchKind.MESSAGE).values() if words]) == 1
    assert found(world, "deleted") == []


def test_it_keeps_no_word_of_an_encrypted_text(world: World, phones: Phones) -> None:
    phones.text(world.sam, "Oxycodone withdrawal frightens me")
    sweep.run()
    words = " ".join(entries(SearchKind.MESSAGE).values()).lower()
    assert words
    for word in ("oxyc", "with", "frig"):
        assert word not in words.replace("m", " ").split()
        assert word not in words
    # Half of the letters would still be a word: each term has 16 bits, and another practice's differ.
    from app.models.search_terms import keyed

    ours, theirs = (
        keyed(SearchKind.MESSAGE, each.id) for each in (world.practice, world.other_practice)
    )
    assert {len(term) for term in words.split()} == {5}
    assert [ours(w) for w in ("oxycodone", "withdrawal")] != [
        theirs(w) for w in ("oxycodone", "withdrawal")
    ]


def test_it_sets_a_broken_record_aside_and_goes_on(world: World, phones: Phones) -> None:
    broken = phones.text(world.sam, "One walker").id
    phones.text(world.tom, "Two walkers")
    with transaction():
        db.session.execute(
            text("UPDATE message SET body = :junk WHERE id = :id"),
            {"junk": b"no ciphertext", "id": _key(broken)},
        )
    sweep.run()
    assert found(world, "walkers") == ["Two walkers"]
    aside = db.session.scalars(select(SearchDue.subject_id)).all()
    assert aside == [broken]
    assert sweep.run() == 0, "it is not tried for ever"
    with transaction():
        mend = update(Message).where(Message.id == broken).values(body="A walker again")
        db.session.execute(mend)
    sweep.run()
    assert sorted(found(world, "walker")) == ["A walker again", "Two walkers"]


def _key(row_id: object) -> object:
    return str(row_id).replace("-", "") if db.engine.dialect.name == "sqlite" else row_id


@pytest.fixture
def phones(world: World, clock: Clock) -> Phones:
    return Phones(world, clock)


@pytest.fixture
def rebuild(app: Flask):
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=["search", "rebuild", *args])


def test_the_doctors_sample_sees_drift_and_the_rebuild_ends_it(
    world: World, phones: Phones, rebuild
) -> None:
    phones.text(world.sam, "The walker broke")
    assert search_check.state_of(world.practice.id).waiting > 0
    sweep.run()
    assert search_check.state_of(world.practice.id) == search_check.State(0, 0, 7, 0)
    with transaction():
        db.session.execute(delete(SearchEntry).where(SearchEntry.kind == SearchKind.MESSAGE))
        db.session.execute(
            update(SearchEntry).where(SearchEntry.subject_id == world.rosa.id).values(words="x")
        )
    assert search_check.state_of(world.practice.id).wrong == 2
    said = rebuild("--practice", "harbor")
    assert said.exit_code == 0, said.output
    assert search_check.state_of(world.practice.id).is_well
    assert found(world, "walker") == ["The walker broke"]
    assert rebuild().exit_code == 0
    assert "No practice has" in rebuild("--practice", "nowhere").output


def test_another_secret_key_is_noticed(world: World, phones: Phones, app: Flask) -> None:
    phones.text(world.sam, "The walker broke")
    sweep.run()
    ring = keyring()
    usual, ring._digest_key = ring._digest_key, b"another"
    try:
        assert search_check.state_of(world.practice.id).wrong == 1
    finally:
        ring._digest_key = usual


def test_a_task_follows_its_patients_name(world: World, phones: Phones) -> None:
    phones.ask(world.sam, TaskType.MEDICATION_RECEIVED)
    sweep.run()
    (before,) = entries(SearchKind.TASK).values()
    with transaction():
        db.session.get_one(Patient, (world.practice.id, world.sam.id)).family_name = "Quill"
    sweep.run()
    (after,) = entries(SearchKind.TASK).values()
    assert ("porter" in before, "porter" in after, "quill" in after) == (True, False, True)
