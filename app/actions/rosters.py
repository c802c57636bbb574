"""A payer's list of its members brings the practice's coverages up to date, with its days (T4.7). Nobody is
guessed: who is not surely ours is listed, and nothing of them is changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from sqlalchemy import func, select

from app.actions import coverages
from app.core.columns import Row
from app.core.db import db, savepoint
from app.core.errors import Invalid
from app.models.coverage import Coverage
from app.models.event import Actor, record
from app.models.patient import Patient
from app.models.practice import Practice
from app.value.roster import Member, Roster


@dataclass(frozen=True, slots=True)
class From:
    """Whose list it is, and the programme it speaks of ("" = none). `is_whole`: who is not on it has left."""

    payer: str
    program: str = ""
    is_whole: bool = False


@dataclass(slots=True)
class RosterReport:
    """What changed, by patients' names as staff read them; and lines nobody could be found for."""

    added: list[Patient] = field(default_factory=list)
    ended: list[Patient] = field(default_factory=list)
    unchanged: int = 0
    unknown: list[Member] = field(default_factory=list)
    refused: list[tuple[Member, str]] = field(default_factory=list)
    #: Covered by this payer here, and not on the list.
    missing: list[Patient] = field(default_factory=list)


def take_in(
    practice: Practice, roster: Roster, whose: From, *, today: date, by: Actor, at: datetime
) -> RosterReport:
    """Add and end coverages as the list says. Raises Invalid without a payer's name."""
    if not whose.payer.strip():
        raise Invalid("Name the payer as your coverages name it.", field="payer")
    report, met = RosterReport(), set()
    finder = _Finder(practice, whose.payer)
    for member in roster.members:
        patient = finder.find(member)
        if patient is None:
            report.unknown.append(member)
            continue
        met.add(patient.id)
        try:
            with savepoint():
                _bring_up_to_date(patient, member, whose, report, today=today, by=by, at=at)
        except Invalid as error:
            report.refused.append((member, error.person_text))
    _leave_out(practice, whose, report, met, today=today, by=by, at=at)
    record(cast("Row", practice), "roster.imported", by=by, at=at, payer=whose.payer, name=roster.name,
           lines=len(roster.members), added=len(report.added), ended=len(report.ended),
           unknown=len(report.unknown))  # fmt: skip
    return report


class _OnlyLooked(Exception):
    """Ends the savepoint, so that nothing in it happened."""


def look(
    practice: Practice, roster: Roster, whose: From, *, today: date, by: Actor, at: datetime
) -> RosterReport:
    """What the list would change: the same writes, all taken back."""
    try:
        with savepoint():
            report = take_in(practice, roster, whose, today=today, by=by, at=at)
            raise _OnlyLooked
    except _OnlyLooked:
        return report


def _bring_up_to_date(
    patient: Patient, member: Member, whose: From, report: RosterReport, *,
    today: date, by: Actor, at: datetime,
) -> None:  # fmt: skip
    held = _in_force(patient, whose.payer, today)
    if not member.is_on:
        last = min(member.to_on or today, today)
        gone = [row for row in held if coverages.end(row, last, by=by, at=at)]
        (report.ended.append(patient) if gone else _same(report))
        return
    if held:
        ending = member.to_on is not None and coverages.end(held[0], member.to_on, by=by, at=at)
        (report.ended.append(patient) if ending else _same(report))
        return
    number = next(iter(member.member_ids), "")
    facts = coverages.Facts(
        whose.payer, number, whose.program, member.from_on or today, member.to_on
    )
    coverages.add(patient, facts, by=by, at=at)
    report.added.append(patient)


def _same(report: RosterReport) -> None:
    report.unchanged += 1


def _in_force(patient: Patient, payer: str, today: date) -> list[Coverage]:
    rows = select(Coverage).where(
        Coverage.practice_id == patient.practice_id,
        Coverage.patient_id == patient.id,
        func.lower(Coverage.payer) == payer.strip().lower(),
        Coverage.to_on.is_(None) | (Coverage.to_on >= today),
    )
    return list(db.session.scalars(rows.order_by(Coverage.from_on.desc())))


def _leave_out(
    practice: Practice, whose: From, report: RosterReport, met: Iterable[object], *,
    today: date, by: Actor, at: datetime,
) -> None:  # fmt: skip
    rows = select(Coverage, Patient).join(
        Patient,
        (Patient.practice_id == Coverage.practice_id) & (Patient.id == Coverage.patient_id),
    ).where(
        Coverage.practice_id == practice.id,
        func.lower(Coverage.payer) == whose.payer.strip().lower(),
        Coverage.to_on.is_(None),
        Coverage.from_on <= today,
    )  # fmt: skip
    for row, patient in db.session.execute(rows).all():
        if patient.id in set(met):
            continue
        report.missing.append(patient)
        if whose.is_whole and coverages.end(row, today, by=by, at=at):
            report.ended.append(patient)


class _Finder:
    """Whom a line means: by record number, by the payer's own number, else by name and birth date where only
    one patient fits."""

    def __init__(self, practice: Practice, payer: str) -> None:
        rows = db.session.scalars(select(Patient).where(Patient.practice_id == practice.id)).all()
        ids = {each.id: each for each in rows}
        #: By id the record that stands: a merged one stands for another.
        stands = {each.id: ids[each.merged_into_id or each.id] for each in rows}
        self._by_mrn = {each.mrn: stands[each.id] for each in rows}
        held = select(Coverage.member_id, Coverage.patient_id).where(
            Coverage.practice_id == practice.id,
            func.lower(Coverage.payer) == payer.strip().lower(),
        )
        self._by_number = {number: stands[id_] for number, id_ in db.session.execute(held)}
        self._by_name: dict[tuple[str, str, str], list[Patient]] = {}
        for each in rows:
            if each.merged_into_id is None:
                name = (each.family_name.casefold(), each.given_name.casefold())
                self._by_name.setdefault((*name, each.birth_date.isoformat()), []).append(each)

    def find(self, member: Member) -> Patient | None:
        for mrn in sorted(member.mrns):
            if mrn in self._by_mrn:
                return self._by_mrn[mrn]
        for number in member.member_ids:
            if number in self._by_number:
                return self._by_number[number]
        key = (member.family.casefold(), member.given.casefold(), member.birth_date)
        same = self._by_name.get(key, [])
        return same[0] if len(same) == 1 else None
