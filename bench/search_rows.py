"""A practice to search in: patients with names and phones of their own in twenty teams, and texts whose words
are as common as words are (the nth word an nth as often as the first), with some needles among them."""

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate, islice
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text

from app.actions import search_index
from app.core.db import db, transaction
from app.core.ids import new_id
from app.models.care_team import CareTeam
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation
from app.models.message import Message
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.search_entry import SearchDue, SearchEntry, SearchKind
from app.models.search_terms import keyed, worth_keeping
from bench import bulk

CHUNK = 20_000
TEAMS = 20
VOCABULARY = 20_000
NEEDLES, NEEDLE = 7, "needlework"
SAMPLE = 500
CONSONANTS, VOWELS = "bcdfghjklmnprstvwxyz", "aeiou"


def fill(patients: int, messages: int, *, seed: int = 7) -> UUID:
    """Write and index them; returns the practice."""
    practice = db.session.scalars(select(Practice.id).order_by(Practice.slug).limit(1)).one()
    dice = Random(seed)
    words = vocabulary(dice)
    people = _people(practice, patients, words, dice)
    for table, rows in (
        (Patient, people["patients"]), (PhoneNumber, people["numbers"]),
        (ContactPoint, people["points"]), (Conversation, people["threads"]),
    ):  # fmt: skip
        _write(table, iter(rows))
    _index()
    threads = [(row["id"], row["patient_id"]) for row in people["threads"]]
    _write_texts(practice, _texts(practice, messages, threads, words, dice), words)
    _analyse()
    return practice


def _index() -> None:
    """As the worker does."""
    while search_index.is_due():
        db.session.rollback()
        with transaction():
            search_index.step(2_000, at=datetime.now(UTC))
        db.session.expunge_all()
    db.session.rollback()


def _write_texts(practice: UUID, texts: Iterator[dict[str, Any]], words: list[str]) -> None:
    """A million texts, and their entries as the indexer makes them: each word's term is made once, not once
    a text. A sample is checked against the indexer itself."""
    term = keyed(SearchKind.MESSAGE, practice)
    terms = {word: [term(each) for each in worth_keeping(word)] for word in [*words, NEEDLE]}
    number = db.session.scalar(select(func.max(SearchEntry.number))) or 0
    db.session.rollback()
    while chunk := list(islice(texts, CHUNK)):
        said = [row.pop("said") for row in chunk]
        entries = [
            {"practice_id": practice, "kind": SearchKind.MESSAGE, "subject_id": row["id"],
             "number": number + n, "words": " ".join(sorted({each for word in own for each in terms[word]}))}
            for n, (row, own) in enumerate(zip(chunk, said, strict=True), start=1)
        ]  # fmt: skip
        number += len(chunk)
        bulk.write(Message, chunk)
        bulk.write(SearchEntry, entries)
    with transaction():
        db.session.execute(delete(SearchDue))
    wanted = {entry["subject_id"]: entry["words"] for entry in entries[-SAMPLE:]}
    made = search_index.terms_of(practice, SearchKind.MESSAGE, list(wanted))
    if {id_: " ".join(own) for id_, own in made.items()} != wanted:
        raise AssertionError("the indexer makes other entries of these texts")
    db.session.rollback()
    db.session.expunge_all()


def vocabulary(dice: Random) -> list[str]:
    """Invented words, all different; two or three begin with the same four letters, as words do."""
    made: dict[str, None] = {}
    while len(made) < VOCABULARY:
        pairs = dice.randint(2, 5)
        made["".join(dice.choice(CONSONANTS) + dice.choice(VOWELS) for _ in range(pairs))] = None
    return list(made)


def _people(
    practice: UUID, count: int, words: list[str], dice: Random
) -> dict[str, list[dict[str, Any]]]:
    now, teams = datetime.now(UTC), [new_id() for _ in range(TEAMS)]
    with transaction():
        rows = [{"practice_id": practice, "id": id_, "name": f"Team {n}", "created_at": now}
                for n, id_ in enumerate(teams)]  # fmt: skip
        known = {column.name for column in CareTeam.__table__.columns}
        db.session.execute(
            insert(CareTeam), [{k: v for k, v in row.items() if k in known} for row in rows]
        )
    names = [word.capitalize() for word in words[:4000]]
    found: dict[str, list[dict[str, Any]]] = {
        "patients": [], "numbers": [], "points": [], "threads": [],
    }  # fmt: skip
    for n in range(count):
        patient, number = new_id(), new_id()
        born = date(1930, 1, 1) + timedelta(days=dice.randint(0, 30_000))
        found["patients"].append(
            {"practice_id": practice, "id": patient, "mrn": f"S-{n:06d}", "given_name": dice.choice(names),
             "family_name": dice.choice(names), "birth_date": born, "language": "en", "status": "active",
             "care_team_id": teams[n % TEAMS], "created_at": now}
        )  # fmt: skip
        found["numbers"].append(
            {
                "practice_id": practice,
                "id": number,
                "e164": f"+1503{n + 6_000_000:07d}",
                "created_at": now,
            }
        )
        found["points"].append(
            {"practice_id": practice, "id": new_id(), "patient_id": patient, "system": "phone",
             "phone_number_id": number, "created_at": now}
        )  # fmt: skip
        found["threads"].append(
            {"practice_id": practice, "id": new_id(), "kind": "patient", "patient_id": patient,
             "created_at": now}
        )  # fmt: skip
    return found


def _texts(
    practice: UUID, count: int, threads: list[Any], words: list[str], dice: Random
) -> Iterator[dict[str, Any]]:
    weights = list(accumulate(1 / (rank + 10) for rank in range(len(words))))
    at = datetime.now(UTC)
    needles = {count * (2 * n + 1) // (2 * NEEDLES) for n in range(NEEDLES)}
    for n in range(count):
        thread, patient = dice.choice(threads)
        said = dice.choices(words, cum_weights=weights, k=dice.randint(5, 18))
        if n in needles:
            said.append(NEEDLE)
        yield {
            "practice_id": practice, "id": new_id(), "conversation_id": thread, "patient_id": patient,
            "direction": "inbound", "channel": "sms", "body": " ".join(said), "said": said, "body_digest": "",
            "send_key": secrets.token_hex(8), "status": "received", "status_at": at, "created_at": at,
        }  # fmt: skip


def _write(table: type[Any], rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, CHUNK)):
        with transaction():
            db.session.execute(insert(table), chunk)
        db.session.expunge_all()


def _analyse() -> None:
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        return
    with transaction():
        db.session.execute(text("ANALYZE"))
