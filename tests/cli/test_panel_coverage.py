"""Who pays, as a panel says it: dated, corrected, never doubled."""

import contextvars
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.db import db
from app.models.coverage import Coverage
from app.models.patient import Patient


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
    def make(*lines: str, header: str, encoding: str = "utf-8", ending: str = "\n") -> Path:
        path = tmp_path / "panel.csv"
        path.write_bytes((ending.join([header, *lines]) + ending).encode(encoding))
        return path

    return make


def find(mrn: str) -> Patient:
    return db.session.scalars(select(Patient).where(Patient.mrn == mrn)).one()


PAYS = "mrn,given_name,family_name,birth_date,payer,member_id,program,coverage_from,coverage_to,pcp_npi"
ANN = "C-1,Ann,Lee,1950-01-02,Cascade Health Plan,CHP-1,ccm,2026-01-01,,1234567893"


def coverages() -> list[tuple[str, str, str | None]]:
    rows = db.session.scalars(select(Coverage).join(Patient, Patient.id == Coverage.patient_id)
                              .where(Patient.mrn == "C-1").order_by(Coverage.from_on))  # fmt: skip
    return [(row.payer, str(row.from_on), row.to_on and str(row.to_on)) for row in rows]


def test_it_takes_in_who_pays_dated_and_once(run, write, world) -> None:
    assert "1 created" in run(write(ANN, header=PAYS)).output
    assert "1 unchanged" in run(write(ANN, header=PAYS)).output
    assert find("C-1").pcp_npi == "1234567893"
    assert coverages() == [("Cascade Health Plan", "2026-01-01", None)]
    ended = ANN.replace("2026-01-01,", "2026-01-01,2026-06-30")
    assert "1 updated" in run(write(ended, header=PAYS)).output
    moved = ANN.replace("Cascade Health Plan,CHP-1,ccm,2026-01-01", "Pier Mutual,PM-1,,2026-07-01")
    assert "1 updated" in run(write(moved, header=PAYS)).output
    assert coverages() == [
        ("Cascade Health Plan", "2026-01-01", "2026-06-30"), ("Pier Mutual", "2026-07-01", None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("was", "now", "field"),
    [("CHP-1", "", "member_id"), ("2026-01-01", "soon", "coverage_from"),
     ("2026-01-01,", "2026-01-01,2025-01-01", "coverage_to"), ("1234567893", "1234567890", "pcp_npi")],
)  # fmt: skip
def test_it_refuses_a_coverage_that_makes_no_sense(run, write, world, was, now, field) -> None:
    result = run(write(ANN.replace(was, now), header=PAYS))
    assert f"line 2: {field}:" in result.output
    assert db.session.scalar(select(Patient).where(Patient.mrn == "C-1")) is None
