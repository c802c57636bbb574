"""Coverages and related people as FHIR sends them. FHIR says who somebody is, never what a patient lets them
hear: a related person comes in without any permission, for staff to agree on with the patient."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select

from app.actions import coverages, related_people, reported_coverages, source_links
from app.actions.fhir_records import Around as Somebody
from app.actions.fhir_records import Record
from app.actions.import_kinds import Written
from app.actions.import_panel import named
from app.actions.patient_panel import Panel
from app.actions.reported_coverages import Said, said_of
from app.core.db import db
from app.models.coverage import Coverage
from app.models.event import Actor
from app.models.patient import Patient, RelatedPerson
from app.models.practice import Practice
from app.models.sent_work import Effect, Touched

AUTHORISED_BY = "Named in the health record; nothing agreed yet"
_SAID = ("name", "relationship", "language", "may_receive", "may_answer", "authorised_by")


class Around:
    """What is known of a batch's coverages and related people, read once for all of them."""

    def __init__(
        self,
        practice: Practice,
        records: Sequence[Record],
        patients: Iterable[UUID],
        *,
        by: Actor,
        at: datetime,
    ) -> None:
        self.practice, self.by, self.at = practice, by, at
        self.today = Panel(practice, at=at).today
        self.links = {
            table: source_links.find(
                practice.id, table.__tablename__,
                [each.source_id for each in records if isinstance(each.said, kind)],
            )
            for table, kind in ((Coverage, Said), (RelatedPerson, Somebody))
        }  # fmt: skip
        self.rows: dict[Any, dict[UUID | None, Any]] = {table: _rows(table, practice.id, links.values())
                     for table, links in self.links.items()}  # fmt: skip
        self.coverages = reported_coverages.load(practice.id, patients)

    def write(self, record: Record, patient: Patient) -> Written:
        """Make, change or leave alone. Raises InvalidFields and Conflict."""
        if isinstance(record.said, Said):
            effect, touched = self._coverage(record, record.said, patient)
            words = f"Coverage by {record.said.payer}"
        else:
            effect, touched = self._somebody(record, record.said, patient)
            words = "Somebody around them"
        return Written(effect, named(patient), words, [touched] if touched else [], record.left_out)

    def _coverage(
        self, record: Record, said: Said, patient: Patient
    ) -> tuple[Effect, Touched | None]:
        row = self._linked(Coverage, record, patient)
        known = self.coverages.setdefault(patient.id, [])
        if row is not None:
            before = said_of(row)
            facts = coverages.Facts(
                said.payer, said.member_id, said.program or row.program or "",
                said.from_on or row.from_on, said.to_on or row.to_on,
            )  # fmt: skip
            if not coverages.correct(row, facts, by=self.by, at=self.at, known=known):
                return Effect.UNCHANGED, None
            return Effect.UPDATED, Touched(row, before)
        effect, touched = reported_coverages.report(
            patient, said, known, today=self.today, by=self.by, at=self.at
        )
        if touched is not None:
            self._link(touched.row, record)
            if effect is Effect.CREATED:
                known.append(cast("Coverage", touched.row))
        return effect, touched

    def _somebody(
        self, record: Record, said: Somebody, patient: Patient
    ) -> tuple[Effect, Touched | None]:
        row = self._linked(RelatedPerson, record, patient)
        if row is not None and row.ended_at is not None:
            return Effect.UNCHANGED, None
        agreed = related_people.Agreed(
            name=said.name, relationship=said.relationship, language=said.language,
            may_receive=row.may_receive if row else [], may_answer=row.may_answer if row else [],
            authorised_by=row.authorised_by if row else AUTHORISED_BY, phone=said.phone,
            from_on=said.from_on or (row.from_on if row else self.today),
            to_on=said.to_on or (row.to_on if row else None),
        )  # fmt: skip
        if row is None:
            made = related_people.add(patient, agreed, by=self.by, at=self.at)
            self._link(made, record)
            return Effect.CREATED, Touched(made)
        before = said_of_person(row)
        if not related_people.change(row, agreed, by=self.by, at=self.at):
            return Effect.UNCHANGED, None
        return Effect.UPDATED, Touched(row, before)

    def _linked(self, table: Any, record: Record, patient: Patient) -> Any:
        row = self.rows[table].get(self.links[table].get(record.source_id))
        return row if row is not None and row.patient_id == patient.id else None

    def _link(self, row: Any, record: Record) -> None:
        if record.source_id not in self.links[type(row)]:
            source_links.keep(row, [record.source_id])
            self.links[type(row)][record.source_id] = row.id
            self.rows[type(row)][row.id] = row


def _rows(table: Any, practice_id: UUID, ids: Iterable[UUID]) -> dict[UUID | None, Any]:
    wanted = list(ids)
    if not wanted:
        return {}
    found = select(table).where(table.practice_id == practice_id, table.id.in_(wanted))
    return {row.id: row for row in db.session.scalars(found)}


def said_of_person(row: RelatedPerson) -> dict[str, Any]:
    """What a later import may change of them; in words JSON has."""
    said = {name: getattr(row, name) for name in _SAID}
    points = related_people.contacts_of(row)
    number = next((point.phone_number for point in points if point.phone_number), None)
    return said | {"from_on": row.from_on.isoformat(), "phone": number.e164 if number else "",
                   "to_on": row.to_on.isoformat() if row.to_on else None}  # fmt: skip


def take_back(
    row: RelatedPerson, before: dict[str, Any] | None, *, by: Actor, at: datetime
) -> None:
    """As they were before an import; ended, when that had made them."""
    if before is None:
        related_people.end(row, by=by, at=at)
        source_links.forget(row)
        return
    days = {
        name: before[name] and date.fromisoformat(before[name]) for name in ("from_on", "to_on")
    }
    related_people.change(row, related_people.Agreed(**(before | days)), by=by, at=at)
