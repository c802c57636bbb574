"""What patients' actions promise beyond the API's tests: subgroups with dates, shared phones, and consent
as others report it."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from app.actions import consents, patient_changes, patients
from app.core.db import db, transaction
from app.core.errors import Invalid
from app.models.consent import Consent, ConsentHow
from app.models.coverage import Subgroup, SubgroupMembership
from app.models.event import SYSTEM
from app.models.patient import Patient, PatientStatus
from app.models.patient_fields import InvalidFields, SmsConsent

NEW = {"mrn": "N-1", "given_name": "Nina", "family_name": "Park", "birth_date": date(1970, 2, 3)}
YES = SmsConsent(True, date(2026, 3, 1), "As the file says.", ConsentHow.IMPORT)


def create(world, at, **more) -> Patient:
    with transaction():
        return patients.create(world.practice, by=SYSTEM, at=at, **(NEW | more))


def change(world, patient, at, **fields) -> list[str]:
    with transaction():
        row = db.session.get_one(Patient, (world.practice.id, patient.id))
        return patients.update(row, by=SYSTEM, at=at, **fields)


def memberships(patient) -> list[tuple[str, str, str | None]]:
    rows = db.session.scalars(
        select(SubgroupMembership)
        .where(SubgroupMembership.patient_id == patient.id)
        .order_by(SubgroupMembership.from_on)
    )
    return [(row.subgroup.code, str(row.from_on), row.to_on and str(row.to_on)) for row in rows]


def test_a_subgroup_changes_by_date_and_keeps_the_past(world, clock) -> None:
    nina = create(world, clock.now, subgroup="At risk")
    clock.advance(days=10)
    assert change(world, nina, clock.now, subgroup="AT-RISK") == []
    assert change(world, nina, clock.now, subgroup="complex") == ["subgroup"]
    assert change(world, nina, clock.now, subgroup="chronic") == ["subgroup"]
    assert memberships(nina) == [
        ("at_risk", "2026-03-03", "2026-03-12"),
        ("chronic", "2026-03-13", None),
    ]
    assert change(world, nina, clock.advance(days=1), subgroup=None) == ["subgroup"]
    assert memberships(nina)[-1] == ("chronic", "2026-03-13", "2026-03-13")
    assert (
        db.session.query(Subgroup).filter_by(practice_id=world.practice.id, code="chronic").count()
        == 1
    )


def test_it_lists_every_problem_and_writes_nothing(world, clock) -> None:
    with pytest.raises(InvalidFields) as caught:
        create(
            world, clock.now, phone="911", email="no", time_zone="Mars/Base", language="qq", mrn=" "
        )
    found = {problem.field for problem in caught.value.problems}
    assert found == {"phone", "email", "time_zone", "language", "mrn"}
    assert all(problem.person_text for problem in caught.value.problems)
    assert db.session.query(Patient).filter_by(family_name="Park").count() == 0


@pytest.mark.parametrize(
    ("said", "kept"),
    [("es-MX", "es"), ("ES", "es"), ("Spanish", "es"), ("español", "es"), ("vi", "vi")],
)
def test_a_language_is_kept_as_its_code(world, clock, said, kept) -> None:
    assert create(world, clock.now, language=said).language == kept


def test_names_are_kept_as_they_were_written(world, clock) -> None:
    odd = "=HYPERLINK(\"x\") <script>alert('é')</script>"
    assert create(world, clock.now, given_name=odd).given_name == odd


def test_a_mrn_is_known_once_per_practice(world, clock) -> None:
    first = create(world, clock.now)
    with pytest.raises(patients.MrnTaken) as caught:
        create(world, clock.now, given_name="Other")
    assert caught.value.patient_id == first.id


def decisions(patient) -> list[str]:
    rows = (
        select(Consent)
        .where(Consent.patient_id == patient.id)
        .order_by(Consent.recorded_at, Consent.id)
    )
    return [row.decision.value for row in db.session.scalars(rows)]


def test_a_reported_yes_counts_once(world, clock) -> None:
    nina = create(world, clock.now, phone="+15035550180", sms_consent=YES)
    assert change(world, nina, clock.advance(hours=1), sms_consent=YES) == []
    assert decisions(nina) == ["given"]


def test_a_files_no_can_be_corrected_by_a_later_file_only(world, clock) -> None:
    no = replace(YES, given=False)
    nina = create(world, clock.now, phone="+15035550180", sms_consent=no)
    older = replace(YES, on=date(2026, 2, 1))
    assert change(world, nina, clock.advance(hours=1), sms_consent=older) == []
    assert change(world, nina, clock.now, sms_consent=replace(YES, on=date(2026, 3, 2))) == [
        "sms_consent"
    ]
    assert decisions(nina) == ["declined", "given"]


@pytest.mark.parametrize("how", [ConsentHow.IMPORT, ConsentHow.API])
def test_a_reported_yes_never_lifts_a_withdrawal(world, clock, how) -> None:
    nina = create(world, clock.now, phone="+15035550180", sms_consent=YES)
    with transaction():
        row = db.session.get_one(Patient, (world.practice.id, nina.id))
        said = consents.Said(ConsentHow.DESK, "No more texts.")
        consents.withdraw(row, world.number(nina), said, by=SYSTEM, at=clock.advance(hours=1))
    later = replace(YES, on=date(2026, 3, 10), how=how)
    assert change(world, nina, clock.advance(days=8), sms_consent=later) == []
    assert decisions(nina) == ["given", "withdrawn"]
    with transaction():
        row = db.session.get_one(Patient, (world.practice.id, nina.id))
        given = consents.Said(ConsentHow.DESK, "Yes again.")
        consents.give(row, world.number(nina), given, by=SYSTEM, at=clock.advance(hours=1))
    assert decisions(nina)[-1] == "given"


def test_an_old_no_does_not_undo_a_newer_yes(world, clock) -> None:
    nina = create(world, clock.now, phone="+15035550180", sms_consent=YES)
    old_no = replace(YES, given=False, on=date(2026, 1, 1))
    assert change(world, nina, clock.advance(hours=1), sms_consent=old_no) == []
    assert decisions(nina) == ["given"]


def test_a_status_cannot_begin_in_the_future(world, clock) -> None:
    today = clock.now.date()
    with pytest.raises(Invalid):
        patient_changes.set_status(
            world.sam,
            PatientStatus.ADMITTED,
            since=date(2026, 3, 4),
            today=today,
            by=SYSTEM,
            at=clock.now,
        )
    assert world.sam.status is PatientStatus.ACTIVE
