"""`flask ledger …`: checkpoints outside the database, what they show, keys, and words deleted on request."""

import contextvars
import json
from pathlib import Path

import pytest
from sqlalchemy import select, text

from app.actions import checkpoints
from app.core.db import db, transaction
from app.models.event import Event
from app.models.message import Message
from app.models.touchpoint import Touchpoint
from tests.actions.test_seals import seal, triggers_off, write_rows
from tests.phones import Phones
from tests.world import World
from workers import checkpoints as sweep


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()
    return lambda *args: runner.invoke(args=["ledger", *args])


def verify(run):
    return run("verify", "--practice", "harbor")


def cut(places: str) -> None:
    with transaction() as session, triggers_off():
        session.execute(text(f"DELETE FROM touchpoint_seal WHERE {places}"))


def lines(world: World) -> list[str]:
    return checkpoints.path_of(world.practice.id).read_text().splitlines()


def test_the_sweep_signs_what_was_sealed_once(run, world: World, clock) -> None:
    write_rows(world, clock.now, "abc")
    assert sweep.run() == 0  # nothing is sealed yet
    seal(world, clock.now)
    assert [sweep.run(), sweep.run()] == [1, 0]
    write_rows(world, clock.now, "d")
    seal(world, clock.now)
    assert sweep.run() == 1
    assert [json.loads(line)["count"] for line in lines(world)] == [3, 4]
    assert "Checkpoint 2 of 2026-03-03T17:00:00.000Z fits: 4 rows" in verify(run).output


def test_one_practice_that_does_not_fit_does_not_stop_the_others(world: World, clock) -> None:
    write_rows(world, clock.now, "abc")
    seal(world, clock.now)
    folder = checkpoints.path_of(world.practice.id)
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("{broken\n")
    assert sweep.run() == 0
    assert folder.read_text() == "{broken\n"


def test_it_says_in_one_sentence_that_the_end_was_cut_off(run, world: World, clock) -> None:
    write_rows(world, clock.now, "abcde")
    seal(world, clock.now)
    assert run("checkpoint", "--practice", "harbor").output == "Signed 5 rows.\n"
    cut("seq > 3")
    result = verify(run)
    assert result.exit_code != 0
    assert "Row 4 of the chain is bad: the end was cut off" in result.output
    assert run("checkpoint", "--practice", "harbor").exit_code != 0  # not signed away


def test_a_loss_that_somebody_answers_for_is_no_fault(run, world: World, clock) -> None:
    write_rows(world, clock.now, "abcde")
    seal(world, clock.now)
    run("checkpoint", "--practice", "harbor")
    cut("seq > 3")
    assert run("checkpoint", "--practice", "harbor", "--accept-loss").output == "Signed 3 rows.\n"
    assert verify(run).exit_code == 0
    assert db.session.scalars(select(Event).where(Event.kind == "ledger.loss_accepted")).one()
    seal(world, clock.now)
    run("checkpoint", "--practice", "harbor")
    assert verify(run).exit_code == 0


@pytest.mark.parametrize(("change", "words"), [
    (lambda lines: [lines[0].replace('"count":3', '"count":2'), lines[1]], "not signed by a known key"),
    (lambda lines: lines[1:], "a line is missing"),
    (lambda lines: ["{", *lines[1:]], "line 1 of"),
])  # fmt: skip
def test_it_tells_that_the_file_of_checkpoints_was_changed(
    run, world: World, clock, change, words: str
) -> None:
    for names in ("abc", "de"):
        write_rows(world, clock.now, names)
        seal(world, clock.now)
        run("checkpoint", "--practice", "harbor")
    path = checkpoints.path_of(world.practice.id)
    path.write_text("\n".join(change(lines(world))) + "\n")
    result = verify(run)
    assert result.exit_code != 0
    assert words in result.output


def test_a_new_key_signs_on_and_what_the_old_one_signed_still_counts(
    world: World, clock, make_app, tmp_path: Path
) -> None:
    app = make_app(ledger_key_file=str(tmp_path / "keys.json"))

    def run(*args: str):
        return contextvars.Context().run(app.test_cli_runner().invoke, args=["ledger", *args])

    write_rows(world, clock.now, "abc")
    seal(world, clock.now)
    assert "LEDGER_KEY_FILE names no file" in run("checkpoint", "--practice", "harbor").output
    for names in ("d", "e"):
        assert "signs from now on" in run("new-key").output
        assert (tmp_path / "keys.json").stat().st_mode & 0o77 == 0
        write_rows(world, clock.now, names)
        seal(world, clock.now)
        assert run("checkpoint", "--practice", "harbor").exit_code == 0
    assert len({json.loads(line)["key"] for line in lines(world)}) == 2
    assert verify(run).exit_code == 0


def test_words_deleted_on_request_are_gone_and_everything_still_verifies(
    run, world: World, clock
) -> None:
    """GUARANTEES section 5: personal text is outside the chain."""
    write_rows(world, clock.now, "abc")
    phones = Phones(world, clock)
    phones.text(world.sam, "My secret words")
    phones.text(world.rosa, "Otra cosa")
    seal(world, clock.now)
    run("checkpoint", "--practice", "harbor")
    result = run(
        "delete-words", "--practice", "harbor", "--mrn", "H-2", "--reason", "asked in writing"
    )
    assert "The words of 4 contacts are deleted" in result.output
    bodies = set(db.session.scalars(select(Message.body)))
    assert "Otra cosa" in bodies
    assert "My secret words" not in bodies
    assert verify(run).exit_code == 0
    event = db.session.scalars(select(Event).where(Event.kind == "patient.words_deleted")).one()
    assert event.facts == {"rows": 4, "messages": 1}
    assert len(db.session.scalars(select(Touchpoint)).all()) == 5


def test_words_are_not_deleted_without_a_reason_or_a_patient(run, world: World) -> None:
    for mrn, reason, words in (("H-2", " ", "on whose request"), ("nobody", "asked", "no patient")):
        result = run("delete-words", "--practice", "harbor", "--mrn", mrn, "--reason", reason)
        assert result.exit_code != 0
        assert words in result.output


def test_a_texts_words_are_committed_to(run, world: World, clock) -> None:
    Phones(world, clock).text(world.sam, "I did not get it")
    seal(world, clock.now)
    assert verify(run).exit_code == 0
    with transaction():
        db.session.scalars(select(Message)).first().body = "I got it"
    assert "its words were changed" in verify(run).output
