"""What an export of FHIR resources holds beside the ledger's rows: the people those rows are about, their
follow-ups, referrals, consents and coverage. Each is one streamed statement."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, and_, false, or_, select, true, union
from sqlalchemy.orm import aliased

from app.access import (
    visible_patients,
    visible_referrals,
    visible_tasks,
    visible_touchpoints,
    visible_users,
)
from app.core.db import db
from app.exports import fhir_people, fhir_work
from app.exports.fhir_choice import EVERYTHING, Choice
from app.exports.fhir_consents import consents
from app.exports.fhir_words import Json
from app.exports.part_2 import Leaving, leaving
from app.exports.period import Period
from app.exports.rows import BATCH
from app.models.consent import PART_2_SHARING, Consent, ConsentDecision
from app.models.coverage import Coverage
from app.models.patient import Patient, RelatedPerson
from app.models.practice import Practice
from app.models.referral import Referral, Referrer
from app.models.task import Task
from app.models.touchpoint import Touchpoint, TouchpointSeal, TouchpointTask
from app.models.user import User
from app.models.viewer import Viewer
from app.queries.ledger import sealed


class Scope:
    """The records of one export."""

    def __init__(
        self, viewer: Viewer, practice: Practice, period: Period, choice: Choice = EVERYTHING
    ) -> None:
        self.viewer, self.practice, self.period, self.choice = viewer, practice, period, choice

    def _may(self, column: Any) -> ColumnElement[bool]:
        seen = visible_patients(self.viewer).with_only_columns(Patient.id)
        allowed = column.in_(seen)
        people = self.choice.people
        return allowed if people is None else and_(allowed, column.in_(people))

    def contacts(self) -> Select[Touchpoint, TouchpointSeal]:
        """The period's rows of the ledger, as far as the chain goes."""
        rows = sealed(visible_touchpoints(self.viewer), as_of_seq=self.period.as_of_seq)
        return rows.where(
            Touchpoint.started_at >= self.period.starts_at, Touchpoint.started_at < self.period.ends_at,
            self._may(Touchpoint.patient_id), self._new(Touchpoint.recorded_at),
            true() if self.choice.rows_only is None else self.choice.rows_only,
            self._leaves(Leaving.rows),
        )  # fmt: skip

    def _leaves(self, rule: Callable[[Leaving], ColumnElement[bool]]) -> ColumnElement[bool]:
        on = self.choice.leaves_on
        return true() if on is None else rule(leaving(self.practice.id, on))

    def _new(self, *columns: Any) -> ColumnElement[bool]:
        """Whether any of these moments is one that was asked for."""
        since = self.choice.since
        return true() if since is None else or_(*(column >= since for column in columns))

    def corrected(self) -> Select[UUID | None]:
        """The rows that a later row, sealed by then, took back."""
        later, seal = aliased(Touchpoint), aliased(TouchpointSeal)
        return (
            select(later.supersedes_id)
            .join(seal, and_(seal.practice_id == later.practice_id, seal.touchpoint_id == later.id))
            .where(later.practice_id == self.practice.id, later.supersedes_id.is_not(None),
                   seal.seq <= self.period.as_of_seq)
        )  # fmt: skip

    # The sets below are named once and read by name: nested into each other they would be asked again and
    # again, and SQLite's parser gives up on so deep a nesting.

    @cached_property
    def _contacts(self) -> CTE:
        rows = self.contacts().with_only_columns(
            Touchpoint.id, Touchpoint.patient_id, Touchpoint.actor_id, Touchpoint.entered_by_id,
            Touchpoint.consent_id,
        )  # fmt: skip
        return rows.cte("contacts")

    @cached_property
    def _of_tasks(self) -> CTE:
        mine = self._tasks().with_only_columns(
            Task.id, Task.patient_id, Task.referral_id, Task.owner_id
        )
        return mine.cte("tasks")

    @cached_property
    def _of_referrals(self) -> CTE:
        mine = self._referrals().with_only_columns(
            Referral.id, Referral.patient_id, Referral.referrer_id
        )
        return mine.cte("referrals")

    @cached_property
    def _of_patients(self) -> CTE:
        """Who is in it: by a contact, a follow-up or a referral; and whom a merge made of them."""
        met = union(
            *(
                select(each.c.patient_id)
                for each in (self._contacts, self._of_tasks, self._of_referrals)
            )
        ).cte("met")
        seen = visible_patients(self.viewer).where(self._may(Patient.id))
        mine = seen.where(Patient.id.in_(select(met.c.patient_id)))
        into = mine.with_only_columns(Patient.merged_into_id).where(
            Patient.merged_into_id.is_not(None)
        )
        kept = seen.where(Patient.id.in_(into)).with_only_columns(Patient.id)
        return union(mine.with_only_columns(Patient.id), kept).cte("people")

    def _tasks(self) -> Select[Task]:
        served = Task.id.in_(
            select(TouchpointTask.task_id).where(
                TouchpointTask.practice_id == self.practice.id,
                TouchpointTask.touchpoint_id.in_(select(self._contacts.c.id)),
            )
        )
        begun = and_(
            Task.created_at >= self.period.starts_at, Task.created_at < self.period.ends_at,
            self._new(Task.updated_at), self._whole(),
        )  # fmt: skip
        return visible_tasks(self.viewer).where(
            or_(served, begun), self._may(Task.patient_id), self._leaves(Leaving.of_tasks)
        )

    def _referrals(self) -> Select[Referral]:
        came = and_(
            Referral.received_at >= self.period.starts_at,
            Referral.received_at < self.period.ends_at,
            self._new(Referral.created_at, Referral.connected_at, Referral.pcp_told_at),
            self._whole(),
        )
        tasks = self._of_tasks
        followed = Referral.id.in_(
            select(tasks.c.referral_id).where(tasks.c.referral_id.is_not(None))
        )
        return visible_referrals(self.viewer).where(
            or_(came, followed), self._may(Referral.patient_id), self._leaves(Leaving.of_referrals)
        )

    def _patients(self) -> Select[Patient]:
        return visible_patients(self.viewer).where(Patient.id.in_(select(self._of_patients.c.id)))

    def _of(self, table: Any) -> Select[Any]:
        ids = select(self._of_patients.c.id)
        return select(table).where(table.practice_id == self.practice.id, table.patient_id.in_(ids))

    def _coverages(self) -> Select[Coverage]:
        held = or_(Coverage.to_on.is_(None), Coverage.to_on >= self.period.from_on)
        payer = self.choice.payer
        return self._of(Coverage).where(
            held, Coverage.from_on <= self.period.to_on,
            true() if payer is None else Coverage.payer == payer,
        )  # fmt: skip

    def _whole(self) -> ColumnElement[bool]:
        """Whether more is wanted than what the rows point to."""
        return true() if self.choice.fields is None else false()

    def _decisions(self) -> ColumnElement[bool]:
        """Decisions until the period's end; of a few fields, those the rows rest on. That somebody spoke of
        records under 42 CFR Part 2 says that there are some: it leaves only as the yes it leaves by."""
        parts = [Consent.decided_at < self.period.ends_at]
        if self.choice.fields is not None:
            parts.append(Consent.id.in_(select(self._contacts.c.consent_id)))
        if self.choice.leaves_on is not None:
            agreed = leaving(self.practice.id, self.choice.leaves_on).agreed
            yes = and_(
                Consent.decision == ConsentDecision.GIVEN,
                Consent.patient_id.in_(select(agreed.c.id)),
            )
            parts.append(or_(Consent.purpose != PART_2_SHARING, yes))
        return and_(*parts)

    def _staff(self) -> Select[User]:
        """Everybody who works here; with some of the people only those whom their rows and tasks name."""
        staff = visible_users(self.viewer)
        if self.choice.people is None:
            return staff
        rows, tasks = self._contacts, self._of_tasks
        named = union(
            *(select(each) for each in (rows.c.actor_id, rows.c.entered_by_id, tasks.c.owner_id))
        )
        return staff.where(User.id.in_(named))

    def resources(self) -> Iterator[Json]:
        """Every resource but those of the ledger's rows, by type, each in the order of its ids."""
        yield fhir_people.practice(self.practice)
        if self.choice.shows("member_id"):
            payers = db.session.scalars(
                self._coverages().with_only_columns(Coverage.payer).distinct()
            )
            yield from (fhir_people.payer(name) for name in sorted(payers))
        offices = select(self._of_referrals.c.referrer_id)
        mine = select(Referrer).where(
            Referrer.practice_id == self.practice.id, Referrer.id.in_(offices)
        )
        yield from map(fhir_people.referrer, _all(mine, Referrer.id))
        yield from self._people()
        if self.choice.shows("consent_id"):
            people = select(self._of_patients.c.id)
            yield from consents(self.practice.id, people, self._decisions())
        yield from map(fhir_work.service_request, _all(self._referrals(), Referral.id))
        named, by_name = self.choice.named, self.choice.shows("actor_name")
        yield from (
            fhir_work.task(row, named=named, owned=by_name) for row in _all(self._tasks(), Task.id)
        )

    def _people(self) -> Iterator[Json]:
        """Staff, patients, caregivers and coverage."""
        choice, last = self.choice, self.period.to_on
        if choice.shows("actor_name"):
            yield from map(fhir_people.practitioner, _all(self._staff(), User.id))
        few = choice.fields is not None
        for row in _all(self._patients(), Patient.id):
            linked = choice.people is None
            yield fhir_people.patient(row, named=choice.named, linked=linked, bare=few)
        if choice.shows("relationship"):
            people = self._of(RelatedPerson).where(RelatedPerson.from_on <= last)
            for each in _all(people, RelatedPerson.id):
                yield fhir_people.related_person(each, named=choice.named)
        if choice.shows("member_id"):
            for held in _all(self._coverages(), Coverage.id):
                yield fhir_people.coverage(held, on=last)


def _all(statement: Select[Any], key: Any) -> Iterator[Any]:
    """Rows in the order of their ids, a few at a time."""
    ordered = statement.order_by(key).execution_options(yield_per=BATCH)
    for row in db.session.scalars(ordered):
        yield row
        db.session.expunge(row)
