"""`flask patients import`: good lines go in, bad ones are reported with line and reason, doing it again
changes nothing, and no file, however odd, half-writes anything."""

import contextvars
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.actions.import_file import COLUMNS
from app.core.db import db
from app.models.consent import Consent
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.event import Event
from app.models.patient import Patient
from app.models.run import ImportRun
from app.models.topic import Change

HEADER = ",".join(COLUMNS[:13])  # the rest, who pays, is below
MAYA = "P-1,Maya,Ortiz,1961-05-17,(503) 555-0144,es,97205,,yes,2026-02-01,maya@example.org,Dr. Haddad,chronic"
JOHN = "P-2,John,Lu,1950-01-02,+15035550145,en,,America/New_York,no,,,,"


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def invoke(path: Path, slug: str = "harbor"):
        words = ["patients", "import", str(path), "--practice", slug]
        result = contextvars.Context().run(runner.invoke, args=words)
        db.session.rollback()
        db.session.expire_all()
        return result

    return invoke


@pytest.fixture
def write(tmp_path: Path):
    def make(
        *lines: str, header: str = HEADER, encoding: str = "utf-8", ending: str = "\n"
    ) -> Path:
        path = tmp_path / "panel.csv"
        path.write_bytes((ending.join([header, *lines]) + ending).encode(encoding))
        return path

    return make


def find(mrn: str) -> Patient:
    return db.session.scalars(select(Patient).where(Patient.mrn == mrn)).one()


def count(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_it_creates_patients_with_all_that_is_said(run, write, world) -> None:
    result = run(write(MAYA, JOHN))
    assert result.exit_code == 0, result.output
    assert (
        result.output.splitlines()[-1] == "2 lines: 2 created, 0 updated, 0 unchanged, 0 refused."
    )
    maya = find("P-1")
    assert (maya.name, str(maya.birth_date), maya.language, maya.pcp) == (
        "Maya Ortiz", "1961-05-17", "es", "Dr. Haddad")  # fmt: skip
    assert world.phone(maya) == "+15035550144"
    given = db.session.scalars(select(Consent).where(Consent.patient_id == maya.id)).one()
    assert (given.decision, given.how, str(given.decided_at.date())) == (
        "given",
        "import",
        "2026-02-01",
    )
    assert "sms_consent" not in given.wording
    john = find("P-2")
    assert (john.time_zone, john.language) == ("America/New_York", "en")
    declined = db.session.scalars(select(Consent).where(Consent.patient_id == john.id)).one()
    assert declined.decision == "declined"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_it_reads_what_spreadsheets_save(run, write, world, encoding, ending) -> None:
    blank = [",,,,,,,,,,,,", "", '"","",,,,,,,,,,,']
    result = run(write(MAYA.replace("Maya", "Zoë"), *blank, JOHN, encoding=encoding, ending=ending))
    assert "2 created" in result.output, result.output
    assert find("P-1").given_name == "Zoë"


def test_it_reads_semicolons_too(run, write, world) -> None:
    result = run(write(JOHN.replace(",", ";"), header=HEADER.replace(",", ";")))
    assert "1 created" in result.output, result.output


def test_it_updates_only_what_changed_and_never_doubles(run, write, world) -> None:
    run(write(MAYA, JOHN))
    tables = (Patient, ContactPoint, PhoneNumber, Consent, Event)
    before = [count(table) for table in tables]
    changes = dict(db.session.execute(select(Change.row_id, Change.seq)).all())
    assert "0 updated, 2 unchanged" in run(write(MAYA, JOHN)).output
    assert [count(table) for table in tables[:4]] == before[:4]
    assert dict(db.session.execute(select(Change.row_id, Change.seq)).all()) == changes
    result = run(write(MAYA.replace("555-0144", "555-0177").replace(",es,", ",en,"), JOHN))
    assert "1 updated, 1 unchanged" in result.output
    assert find("P-1").language == "en"
    event = db.session.scalars(select(Event).where(Event.kind == "patient.updated")).one()
    assert sorted(event.facts["fields"]) == ["language", "phone", "sms_consent"]


def test_an_empty_cell_leaves_what_is_known(run, write, world) -> None:
    run(write(MAYA))
    assert "1 unchanged" in run(write("P-1,Maya,Ortiz,1961-05-17,,,,,,,,,")).output
    maya = find("P-1")
    assert (maya.language, maya.pcp, world.phone(maya)) == ("es", "Dr. Haddad", "+15035550144")


def test_it_takes_a_day_that_has_begun_elsewhere(run, write, world, clock) -> None:
    """Who wrote the file may be a zone ahead: the practice's tomorrow is their today."""
    tomorrow = clock.now.date() + timedelta(days=1)
    result = run(write(f"B-1,Ann,Lee,1950-01-02,,,,,yes,{tomorrow},,,"))
    assert "1 created, 0 updated, 0 unchanged, 0 refused" in result.output


BAD = {
    ",Ann,Lee,1950-01-02,,,,,,,,,": ("mrn", "empty"),
    "B-1,,Lee,1950-01-02,,,,,,,,,": ("given_name", "empty"),
    "B-1,Ann,Lee,02/01/1950,,,,,,,,,": ("birth_date", "year-month-day"),
    "B-1,Ann,Lee,1950-02-30,,,,,,,,,": ("birth_date", "year-month-day"),
    "B-1,Ann,Lee,2031-01-01,,,,,,,,,": ("birth_date", "future"),
    "B-1,Ann,Lee,1950-01-02,555-0144,,,,,,,,": ("phone", "area code"),
    "B-1,Ann,Lee,1950-01-02,call me,,,,,,,,": ("phone", "letters"),
    "B-1,Ann,Lee,1950-01-02,,klingon,,,,,,,": ("language", "en or es"),
    "B-1,Ann,Lee,1950-01-02,,,2134,,,,,,": ("postal_code", "leading zero"),
    "B-1,Ann,Lee,1950-01-02,,,,Pacific,,,,,": ("time_zone", "America/Los_Angeles"),
    "B-1,Ann,Lee,1950-01-02,,,,,maybe,2026-01-01,,,": ("sms_consent", "yes or no"),
    "B-1,Ann,Lee,1950-01-02,,,,,yes,,,,": ("sms_consent_on", "day the patient agreed"),
    "B-1,Ann,Lee,1950-01-02,,,,,yes,2026-05-01,,,": ("sms_consent_on", "future"),
    "B-1,Ann,Lee,1950-01-02,,,,,,,ann at home,,": ("email", "ana@example.org"),
    "B-1,Ann,Lee,1950-01-02,,,,,,,,,,extra": ("", "14 cells"),
    "B-1,Ann,Lee": ("", "3 cells"),
    'B-1,"Ann,Lee,1950-01-02,,,,,,,,,': ("", "never closed"),
    "B-1,Ann\x00,Lee,1950-01-02,,,,,,,,,": ("", "zero byte"),
    f"B-1,Ann,{'x' * 101},1950-01-02,,,,,,,,,": ("family_name", "longer"),
    f"B-1,Ann,{'x' * 20_000},1950-01-02,,,,,,,,,": ("", "longer"),
}


@pytest.mark.parametrize(
    "line", BAD, ids=[f"{n}-{field}" for n, (field, _) in enumerate(BAD.values())]
)
def test_it_says_what_is_wrong_with_a_line_and_takes_its_neighbours(
    run, write, world, line
) -> None:
    field, words = BAD[line]
    result = run(write(MAYA, line, JOHN))
    assert result.exit_code == 0, result.output
    assert "2 created, 0 updated, 0 unchanged, 1 refused" in result.output
    [told] = [each for each in result.output.splitlines() if each.startswith("line 3:")]
    assert told.startswith(f"line 3: {field}:" if field else "line 3: ")
    assert words in told
    assert db.session.query(Patient).filter(Patient.mrn.like("B-%")).count() == 0


def test_it_reports_a_line_once_with_all_that_is_wrong(run, write, world) -> None:
    result = run(write("B-1,Ann,,02/01/1950,911,,,,,,,,"))
    [told] = [each for each in result.output.splitlines() if each.startswith("line ")]
    assert told.count("·") == 2
    assert all(name in told for name in ("family_name", "birth_date", "phone"))


def test_it_takes_the_first_of_two_lines_with_one_mrn(run, write, world) -> None:
    result = run(write(MAYA, MAYA.replace("Maya", "Mia")))
    assert "1 created" in result.output
    assert "line 3: mrn: Line 2 has the same mrn" in result.output
    assert find("P-1").given_name == "Maya"


def test_a_line_in_another_encoding_is_refused_alone(run, world, tmp_path) -> None:
    path = tmp_path / "panel.csv"
    path.write_bytes(
        f"{HEADER}\n{MAYA.replace('Maya', 'Zoë')}\n".encode("latin-1") + f"{JOHN}\n".encode()
    )
    result = run(path)
    assert "1 created" in result.output
    assert "line 2: This line is not UTF-8." in result.output


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "is missing"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (b"PK\x03\x04 and so on", "spreadsheet"),
        (HEADER.replace("mrn,", "").encode(), "The column mrn is missing."),
        (HEADER.replace("phone", "fone").encode(), "Did you mean phone?"),
        (f"{HEADER},phone".encode(), "The column phone is there more than once."),
        (f"{HEADER},notes".encode(), "The column notes is not one of ours."),
        (f"{HEADER},".encode(), "(without a name)"),
        ("nombre,ñ".encode("latin-1"), "not UTF-8"),
        (HEADER.replace(",sms_consent_on", "").encode(), "The column sms_consent_on is missing."),
        (b'"mrn', "never closes"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_panel_changes_nothing_and_says_why(
    run, world, tmp_path, content, words
) -> None:
    path = tmp_path / "panel.csv"
    path.write_bytes(content)
    before = [count(table) for table in (Patient, ImportRun, Event)]
    result = run(path)
    assert result.exit_code == 1
    assert words in result.output
    assert [count(table) for table in (Patient, ImportRun, Event)] == before


def test_formulas_and_scripts_are_kept_as_they_are(run, write, world) -> None:
    run(write('P-9,"=cmd|\' /C calc\'!A0","<script>alert(1)</script>",1950-01-02,,,,,,,,@SUM(1),'))
    row = find("P-9")
    assert (row.given_name, row.family_name, row.pcp) == (
        "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "@SUM(1)")  # fmt: skip


def test_it_never_lifts_an_opt_out(run, write, world) -> None:
    olga = "H-5,Olga,Petrova,1957-03-09,+15035550105,en,97205,,yes,2026-03-03,,,"
    run(write(olga))
    db.session.refresh(world.number(world.olga))
    assert world.number(world.olga).opted_out_at is not None
    assert (
        db.session.query(Event)
        .filter_by(kind="consent.not_lifted", patient_id=world.olga.id)
        .count()
        == 1
    )


def test_it_writes_to_one_practice_only(run, write, world) -> None:
    before = db.session.query(Patient).filter_by(practice_id=world.other_practice.id).count()
    run(write("O-1,Not,Zoe,1950-01-02,,,,,,,,,", MAYA))
    db.session.refresh(world.zoe)
    assert world.zoe.name == "Zoe Zimmer"
    assert (
        db.session.query(Patient).filter_by(practice_id=world.other_practice.id).count()
        == before
        == 1
    )
    assert run(write(MAYA), slug="nowhere").exit_code == 1
