"""An auditor's sample: what stands behind each named row, and that its words are the sealed ones."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.actions import attestations, text_erasures
from app.core.db import db, transaction
from app.models.event import SYSTEM, Event
from app.models.message import Message, MessageStatus
from app.models.task import TaskType
from app.models.touchpoint import Touchpoint
from tests.actions.test_seals import write_rows
from tests.exports import ledgers
from tests.exports.ledgers import read, verify
from tests.phones import Phones
from tests.world import World


@pytest.fixture
def sample(app: Any, tmp_path: Path):
    def run(
        *ids: object, slug: str = "harbor", reason: str = "Audit 7", more: tuple[str, ...] = ()
    ):
        file = tmp_path / "ids.txt"
        file.write_text("\n".join(str(each) for each in ids) + "\n", encoding="utf-8")
        words = ["touchpoints", "evidence", "--practice", slug, "--ids", str(file), "--out",
                 str(tmp_path / "out"), "--reason", reason, *more]  # fmt: skip
        return app.test_cli_runner().invoke(args=words)

    return run


def rows_of(world: World) -> list[Touchpoint]:
    return list(db.session.scalars(select(Touchpoint).order_by(Touchpoint.id)))


def test_it_shows_what_stands_behind_each_row(sample, world: World, clock, tmp_path: Path) -> None:
    write_rows(world, clock.now, "ab")
    Phones(world, clock).text(world.sam, "It did not come")
    write_rows(world, clock.now, "c")
    first, second, text, other = rows_of(world)
    with transaction():
        attestations.attest(db.session.merge(first), by=world.viewer(world.ana), at=clock.now)
    ledgers.void(second.id, clock.now)
    result = sample(first.id, second.id, text.id)
    assert result.exit_code == 0, result.output
    found = {each["touchpoint_id"]: each for each in read(tmp_path / "out" / "evidence.jsonl")}
    assert set(found) == {str(first.id), str(second.id), str(text.id)}
    assert str(other.id) not in (tmp_path / "out" / "evidence.jsonl").read_text()
    assert found[str(first.id)]["words"]["text"] == "Call a"
    assert [each["kind"] for each in found[str(first.id)]["attestations"]] == ["attested"]
    assert found[str(second.id)]["corrected_by"]["reason"] == "=typed twice"
    assert found[str(text.id)]["words"]["text"] == "It did not come"
    assert found[str(text.id)]["delivery"]["status"] == "received"
    assert found[str(text.id)]["consent"]["wording"] == "May we text you about your care?"
    assert verify(tmp_path / "out").stdout.startswith("Verified: 3 rows, 3 with proof")
    event = db.session.scalars(select(Event).where(Event.kind == "export.made")).one()
    assert (event.facts["purpose"], event.facts["reason"]) == ("evidence", "Audit 7")


def test_the_verifier_tells_other_words(sample, world: World, clock, tmp_path: Path) -> None:
    """Also from somebody who signs the package anew."""
    from app.core.ledger_keys import ring
    from app.exports.manifest import sha256_of

    write_rows(world, clock.now, "ab")
    sample(*(row.id for row in rows_of(world)))
    path, manifest = tmp_path / "out" / "evidence.jsonl", tmp_path / "out" / "manifest.json"
    path.write_text(path.read_text("utf-8").replace("Call b", "Call x"), "utf-8")
    said = json.loads(manifest.read_text("utf-8"))
    for file in said["files"]:
        file["sha256"] = sha256_of(tmp_path / "out" / file["name"])
    said = {name: value for name, value in said.items() if name not in ("key", "signature")}
    manifest.write_text(json.dumps(ring(at=clock.now).sign(said)), "utf-8")
    assert "the words of row 2 are not those that were sealed" in verify(tmp_path / "out").stderr


def test_words_deleted_on_request_are_said_to_be(
    sample, world: World, clock, tmp_path: Path
) -> None:
    write_rows(world, clock.now, "a")
    ledgers.seal_all(world.practice.id, clock.now)
    with transaction():
        text_erasures.erase(world.sam, reason="asked in writing", by=SYSTEM, at=clock.now)
    assert sample(*(row.id for row in rows_of(world))).exit_code == 0
    [line] = read(tmp_path / "out" / "evidence.jsonl")
    assert line["words"]["text"] is None
    assert line["words"]["deleted"]["reason"] == "asked in writing"
    assert verify(tmp_path / "out").returncode == 0


def test_it_gives_nothing_of_another_practice(sample, world: World, clock, tmp_path: Path) -> None:
    write_rows(world, clock.now, "a")
    [row] = rows_of(world)
    result = sample(row.id, slug="other")
    assert "0 of 1 rows" in result.output
    assert (tmp_path / "out" / "evidence.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("ids", "words"), [(("x",), "Line 1 is not the id"), (("",), "1 to 500 rows")]
)
def test_it_refuses_odd_files(sample, world: World, ids, words: str) -> None:
    result = sample(*ids)
    assert result.exit_code != 0
    assert words in result.output


def test_a_place_in_the_chain_holds_what_was_said_when_it_was_sealed(
    sample, world: World, clock, tmp_path: Path
) -> None:
    """Also at the chain's end: what is said after it was sealed comes with the next row, then and later."""
    Phones(world, clock).ask(world.sam, TaskType.APPOINTMENT_KEPT)
    write_rows(world, clock.now, "a")
    rows = rows_of(world)
    ana, ids, call_id = world.viewer(world.ana), [row.id for row in rows], rows[-1].id

    def say(say_it: Any, **more: Any) -> None:
        with transaction():
            say_it(db.session.get_one(Touchpoint, (world.practice.id, call_id)), **more)

    def whole(*more: str) -> dict[str, bytes]:
        assert sample(*ids, more=more).exit_code == 0
        assert verify(tmp_path / "out").returncode == 0
        return {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def said() -> list[tuple[str, int]]:
        lines = read(tmp_path / "out" / "attestations.jsonl")
        assert [each["kind"] for each in lines] == [
            word["kind"] for row in read(tmp_path / "out" / "evidence.jsonl") for word in row["attestations"]
        ]  # fmt: skip
        made = json.loads((tmp_path / "out" / "manifest.json").read_text())
        return [(each["kind"], made["vouched"]["attested"]) for each in lines]

    say(attestations.attest, by=ana, at=clock.now)
    head = ledgers.seal_all(world.practice.id, clock.now)
    clock.advance(minutes=1)
    with transaction():
        attestations.withdraw([db.session.get_one(Touchpoint, (world.practice.id, call_id))],
                              "attested", by=ana, at=clock.now)  # fmt: skip
        message = db.session.scalars(select(Message).where(Message.sent_at.is_not(None))).one()
        message.move(MessageStatus.DELIVERED, at=clock.now)
    first = whole()
    assert said() == [("attested", 1)]
    ledgers.void(call_id, clock.now)
    whole()
    assert said() == [("attested", 0), ("attestation_withdrawn", 0)]
    assert whole("--as-of", str(head)) == first
