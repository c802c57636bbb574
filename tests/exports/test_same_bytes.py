"""T0.4, D3, D4: the same export is the same bytes: run twice, under another locale, zone and hash seed, on
either database, written by the database itself or by us, and after corrections arrived."""

import hashlib
import json
import locale
import os
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app.core.db import db, transaction
from app.exports import fhir, proofs
from app.exports.lines import STYLES, Style, lines
from app.exports.period import Period
from app.exports.purposes import PURPOSES
from app.exports.rows import rows
from app.exports.touchpoints import write_file
from app.exports.wanted import Wanted
from app.models.patient import Patient
from app.models.practice import Practice
from app.models.touchpoint import Touchpoint
from app.models.viewer import system_viewer
from tests.exports import ledgers
from tests.exports.ledgers import ODD, exporter, read, seal_all
from tests.faults.figures import size
from tests.world import World

AT = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
PRACTICE, PATIENT = UUID(int=7), UUID(int=8)


@pytest.fixture
def run(app):
    return exporter(app)


def wanted_of(seq: int, purpose: str = "internal") -> Wanted:
    period = Period(AT.date(), AT.date(), "America/Los_Angeles", seq)
    return Wanted(period, AT.date(), PURPOSES[purpose])


def fixed_ledger(at: datetime) -> int:
    """Rows whose every byte is given, so that two databases can hold the same; the chain's end."""
    with transaction() as session:
        session.add(
            Practice(id=PRACTICE, slug="fixed", name="Fixed", time_zone="UTC", created_at=at)
        )
        session.flush()
        session.add(Patient(
            practice_id=PRACTICE, id=PATIENT, mrn="F-1", given_name="Ida", family_name="Ortiz",
            birth_date=at.date(), created_at=at,
        ))  # fmt: skip
    with transaction() as session:
        for n, odd in enumerate(ODD * 2):
            session.add(Touchpoint(
                practice_id=PRACTICE, id=UUID(int=1000 + n), patient_id=PATIENT, source_kind="call",
                source_id=f"{odd}{n}", started_at=at - timedelta(seconds=n % 5), ended_at=at,
                time_zone="UTC", seconds=60 + n, recorded_at=at + timedelta(microseconds=n * 1001),
                actor_kind="human", actor_name=odd or None, channel="phone", direction="outbound",
                activity_type="call", programs=["ccm", odd] if n % 2 else [], goal=odd, payer=odd,
                composition=2,
                result={"zeta": odd, "Alpha": n, "none": None} if n % 3 else {}, setting="home",
                salt=n.to_bytes(32, "big"),
            ))  # fmt: skip
    return seal_all(PRACTICE, at)


#: Of the ledger above; both databases must give these. A change here means that old exports change
#: (Parquet's: or pyarrow's own version, which it writes down).
GOLDEN = {
    "csv": "c996dc04a6c0119034ecde58b91f045ed7c602a8691269b18028b6b9d5978e4c",
    "fhir": "678874ff720597005408712a1e6df93e5917045843ee81593efc130ed5b60cde",
    "parquet": "728a43f7e021d6f5d95f269095997606897c28314d63b7eedf32d47e1e4d49cd",
    "jsonl": "bb4df7c71c900ddb72b00373a4a25748de2d3352ec5d951055a3839306280f96",
}


def test_D3_both_databases_give_the_same_bytes(app, clock, tmp_path: Path) -> None:
    end, viewer = fixed_ledger(AT), system_viewer(PRACTICE)
    assert end == 2 * len(ODD)
    for kind, expected in GOLDEN.items():
        path = tmp_path / f"rows.{kind}"
        if kind == "fhir":
            practice = db.session.get_one(Practice, PRACTICE)
            whole = fhir.write(viewer, practice, wanted_of(end).period, folder=tmp_path)
            path.write_bytes(b"".join(each.read_bytes() for each in whole.files))
        else:
            write_file(viewer, wanted_of(end), kind, path)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == expected, (
            kind,
            path.read_bytes()[:3000],
        )


def test_D3_what_the_database_writes_is_what_we_would_write(app, clock) -> None:
    """PostgreSQL makes the lines itself; line by line they are ours, for each purpose."""
    fixed_ledger(AT)
    result = {"answers": [{"type": "odd ü", "task_id": "7", "answer": 1}, {}], "interpreter": "Max"}
    with transaction() as session:
        session.add(Touchpoint(
            practice_id=PRACTICE, id=UUID(int=2000), patient_id=PATIENT, source_kind="call", source_id="2",
            started_at=AT, ended_at=AT, time_zone="UTC", seconds=1, recorded_at=AT, actor_kind="human",
            channel="phone", direction="outbound", activity_type="call", composition=3, result=result,
            late_entry_reason="He said, later", setting="home", void_reason="Typed twice",
            salt=b"2" * 32, payer="Plan",
        ))  # fmt: skip
    end, viewer = seal_all(PRACTICE, AT), system_viewer(PRACTICE)
    for purpose in PURPOSES:
        wanted = wanted_of(end, purpose)
        for style in Style:
            ours = [STYLES[style](row).encode() for row in rows(viewer, wanted)]
            assert list(lines(viewer, wanted, style)) == ours


QUALITY = ("--purpose", "quality", "--reason", "a check")
#: Under which the same command writes the same bytes. The bare one has ASCII for whoever names no encoding.
ODD_PLACES = {
    "seed, zone and a bare locale": {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Chatham", "LC_ALL": "POSIX",
                                     "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "a locale whose i has no dot": {"LC_ALL": "tr_TR.UTF-8"},
}  # fmt: skip


@pytest.mark.parametrize("place", ODD_PLACES)
def test_D3_no_locale_zone_or_hash_seed_changes_a_byte(
    run, world: World, clock, tmp_path: Path, app, place: str
) -> None:
    odd = ODD_PLACES[place]
    if not has_locale(odd["LC_ALL"]):
        odd = odd | {"LOCPATH": str(made_locale(odd["LC_ALL"], tmp_path / "locales"))}
    ledgers.write(world, clock.now, 14)
    seal_all(world.practice.id, clock.now)
    for kind, more in (("csv", ()), ("parquet", QUALITY), ("fhir", QUALITY)):
        assert run(tmp_path / kind, kind, *more).exit_code == 0
        made = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "touchpoints", "export", "--practice",
             "harbor", "--from", "2026-03-03", "--to", "2026-03-03", "--format", kind, "--out",
             str(tmp_path / f"{kind}-odd"), *more],
            env=environment(app) | odd, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        files = {path.name: path.read_bytes() for path in (tmp_path / kind).iterdir()}
        assert {"manifest.json", "touchpoints.jsonl"} < set(files)
        assert files == {
            path.name: path.read_bytes() for path in (tmp_path / f"{kind}-odd").iterdir()
        }


def has_locale(name: str) -> bool:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return True


def made_locale(name: str, folder: Path) -> Path:
    """The locale made here from its source, where the system has that; a folder for LOCPATH."""
    language, _, encoding = name.partition(".")
    maker = shutil.which("localedef")
    if maker is None or not Path("/usr/share/i18n/locales", language).exists():
        pytest.skip(f"the locale {name} is neither installed here nor can it be made")
    folder.mkdir()
    subprocess.run([maker, "-i", language, "-f", encoding, str(folder / name)], check=True)
    return folder


def environment(app) -> dict[str, str]:
    from workers.runs import environment_of

    return environment_of(app.extensions["touchline.settings"]) | {"PATH": os.environ["PATH"]}


def test_D4_an_earlier_place_gives_the_earlier_file_and_the_list_the_difference(
    run, world: World, clock, tmp_path: Path, figure
) -> None:
    count = size(12, 1000)
    made = ledgers.write(world, clock.now, count + 4)
    ids = [row.id for row in made]
    first = tmp_path / "first"
    kinds = ("csv", "jsonl", "parquet")
    for kind in kinds:
        assert run(first / kind, kind).exit_code == 0
    head = json.loads((first / "jsonl" / "manifest.json").read_text())["as_of_seq"]
    clock.advance(hours=1)
    for each in ids[:count]:
        ledgers.void(each, clock.now)
    late = ledgers.write(world, clock.now, 1, first=9000, seconds=7, started_at=AT, ended_at=AT)
    ledgers.void(late[0].id, clock.now)  # came and went between the two: no difference
    for kind in kinds:
        assert run(tmp_path / kind, kind, "--as-of", str(head)).exit_code == 0
        for name in (f"touchpoints.{kind}", "restatements.jsonl", "manifest.json"):
            assert (tmp_path / kind / name).read_bytes() == (first / kind / name).read_bytes()
    assert run(tmp_path / "now", "jsonl", "--since", str(head)).exit_code == 0
    listed = read(tmp_path / "now" / "restatements.jsonl")
    before, after = (
        json.loads((folder / "manifest.json").read_text())["sums"]
        for folder in (first / "jsonl", tmp_path / "now")
    )
    assert len(listed) == count + 1
    for what in ("seconds", "contacts"):
        assert before[what] + sum(line[what] for line in listed) == after[what]
    figure("D4 corrections", n=count, files=len(kinds), changed_bytes=0, unreconciled_seconds=0)


def test_D3_what_others_write_during_an_export_changes_no_byte(
    run, world: World, clock, tmp_path: Path, app, monkeypatch
) -> None:
    """A label, a correction and its seal between two files of a package: all of it is of one moment."""
    made = ledgers.write(world, clock.now, 4, patient=world.sam)
    ids = [row.id for row in made]
    more = ("--purpose", "payer", "--payer", "Cascade Health Plan", "--reason", "x")
    assert run(tmp_path / "alone", "csv", *more).exit_code == 0
    written = proofs.lines

    def meanwhile() -> None:
        with app.app_context():
            ledgers.void(ids[0], clock.now)
            with transaction():
                db.session.get_one(Patient, (world.practice.id, world.sam.id)).sensitivity = "part2"
            seal_all(world.practice.id, clock.now)

    def disturbed(*args):
        other = threading.Thread(target=meanwhile)
        other.start()
        other.join()
        return written(*args)

    monkeypatch.setattr("app.exports.proofs.lines", disturbed)
    assert run(tmp_path / "busy", "csv", *more).exit_code == 0
    for path in (tmp_path / "alone").iterdir():
        assert (tmp_path / "busy" / path.name).read_bytes() == path.read_bytes(), path.name
    monkeypatch.setattr("app.exports.proofs.lines", written)
    assert run(tmp_path / "after", "csv", *more).exit_code == 0
    assert read(tmp_path / "after" / "touchpoints.jsonl") == []
