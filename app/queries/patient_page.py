"""Everything the patient's page shows beside the story: ways to reach them, who shares a number, consents,
coverage, subgroup and open tasks. A constant number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.access import patient_for, visible_patients, visible_tasks
from app.core.db import db
from app.models.consent import EVERYTHING, Consent, ConsentDecision
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation, ConversationKind
from app.models.coverage import Coverage, Subgroup
from app.models.event import Event
from app.models.message import Channel
from app.models.patient import Patient, RelatedPerson, same_person
from app.models.referral import Referral
from app.models.task import OPEN_STATUSES, Task
from app.models.viewer import Viewer
from app.queries.carrier_blocks import lines_blocked
from app.queries.surroundings import consent_state, current_memberships, decisions_of
from app.queries.timeline import staff_names

Found = TypeVar("Found", Coverage, RelatedPerson, Referral)


@dataclass(frozen=True, slots=True)
class PatientPage:
    patient: Patient
    contacts: list[ContactPoint]
    #: Number id → names of others the viewer may see who use it too.
    shared: Mapping[UUID, list[str]]
    consents: list[Consent]
    consent: str
    coverages: list[Coverage]
    subgroup: Subgroup | None
    caregivers: list[RelatedPerson]
    referrals: list[Referral]
    tasks: list[Task]
    conversation: Conversation | None
    #: Every change of status, newest first.
    statuses: list[Event]
    names: Mapping[UUID, str]
    #: Our lines the carrier keeps from the number.
    blocked: Sequence[str] = ()

    @property
    def refused(self) -> list[str]:
        """Single purposes they said no to since their newest word about everything."""
        found: list[str] = []
        for row in self.consents:
            if row.channel != Channel.SMS.value:
                continue
            if row.purpose == EVERYTHING:
                break
            if row.decision is ConsentDecision.WITHDRAWN and row.purpose not in found:
                found.append(row.purpose)
        return found

    @property
    def number(self) -> PhoneNumber | None:
        """The number texts go to."""
        own = (point.phone_number for point in self.contacts if point.related_person_id is None)
        return next((number for number in own if number), None)


def patient_page(viewer: Viewer, patient_id: UUID) -> PatientPage:
    """Raises NotFound for a patient the viewer may not see; notes that they were seen."""
    patient = patient_for(viewer, patient_id, through="patient")
    contacts = _contacts(patient)
    numbers = [point.phone_number for point in contacts if point.phone_number]
    own = [p.phone_number for p in contacts if p.phone_number and p.related_person_id is None]
    best = own[0] if own else None
    membership = current_memberships(viewer.practice_id, [patient.id]).get(patient.id)
    decisions = decisions_of(viewer.practice_id, [patient.id]).get(patient.id, [])
    return PatientPage(
        patient=patient,
        contacts=contacts,
        shared=_shared(viewer, patient, [number.id for number in numbers]),
        consents=_consents(patient, [number.id for number in own]),
        consent=consent_state(decisions, best),
        coverages=_of_patient(Coverage, patient),
        subgroup=membership.subgroup if membership else None,
        caregivers=_of_patient(RelatedPerson, patient),
        referrals=_of_patient(Referral, patient) if viewer.sees_care else [],
        tasks=_open_tasks(viewer, patient),
        conversation=thread_of(patient),
        statuses=_statuses(patient),
        names=staff_names(viewer),
        blocked=_blocked(best),
    )


def _blocked(number: PhoneNumber | None) -> Sequence[str]:
    if number is None or number.carrier_blocked_at is None:
        return ()
    return lines_blocked(number.practice_id, [number.id]).get(number.id, ())


def thread_of(patient: Patient) -> Conversation | None:
    """The thread of a patient found through access, if one was opened."""
    return db.session.scalars(
        select(Conversation).where(
            Conversation.practice_id == patient.practice_id,
            Conversation.patient_id == patient.id,
            Conversation.kind == ConversationKind.PATIENT,
        )
    ).one_or_none()


def subgroup_names(viewer: Viewer) -> list[str]:
    rows = select(Subgroup.name).where(Subgroup.practice_id == viewer.practice_id)
    return list(db.session.scalars(rows.order_by(Subgroup.name)))


def _contacts(patient: Patient) -> list[ContactPoint]:
    rows = (
        select(ContactPoint)
        .where(
            ContactPoint.practice_id == patient.practice_id,
            ContactPoint.patient_id == patient.id,
            ContactPoint.ended_at.is_(None),
        )
        .options(joinedload(ContactPoint.phone_number))
        .order_by(ContactPoint.system.desc(), ContactPoint.rank, ContactPoint.created_at)
    )
    return list(db.session.scalars(rows))


def _shared(viewer: Viewer, patient: Patient, number_ids: list[UUID]) -> dict[UUID, list[str]]:
    rows = db.session.execute(
        visible_patients(viewer)
        .join(
            ContactPoint,
            (ContactPoint.practice_id == Patient.practice_id)
            & (ContactPoint.patient_id == Patient.id),
        )
        .where(
            ContactPoint.phone_number_id.in_(number_ids),
            ContactPoint.ended_at.is_(None),
            Patient.id != patient.id,
        )
        .with_only_columns(ContactPoint.phone_number_id, Patient.given_name, Patient.family_name)
    )
    found: dict[UUID, list[str]] = {}
    for number_id, given_name, family_name in rows:
        if number_id is not None:
            found.setdefault(number_id, []).append(f"{given_name} {family_name}")
    return found


def _consents(patient: Patient, number_ids: list[UUID]) -> list[Consent]:
    """The ledger about this person and about their numbers, newest first."""
    of_number = Consent.patient_id.is_(None) & Consent.phone_number_id.in_(number_ids)
    rows = (
        select(Consent)
        .where(
            Consent.practice_id == patient.practice_id,
            or_(Consent.patient_id.in_(same_person(patient.practice_id, patient.id)), of_number),
        )
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
    )
    return list(db.session.scalars(rows))


def _of_patient(table: type[Found], patient: Patient) -> list[Found]:
    rows = select(table).where(
        table.practice_id == patient.practice_id, table.patient_id == patient.id
    )
    return list(db.session.scalars(rows.order_by(table.id.desc())))


def _statuses(patient: Patient) -> list[Event]:
    rows = select(Event).where(
        Event.practice_id == patient.practice_id,
        Event.patient_id == patient.id,
        Event.kind == "patient.status_changed",
    )
    return list(db.session.scalars(rows.order_by(Event.at.desc(), Event.id.desc()).limit(20)))


def _open_tasks(viewer: Viewer, patient: Patient) -> list[Task]:
    rows = (
        visible_tasks(viewer)
        .where(Task.patient_id == patient.id, Task.status.in_(OPEN_STATUSES))
        .options(joinedload(Task.owner))
        .order_by(Task.due_at, Task.id)
    )
    return list(db.session.scalars(rows))
