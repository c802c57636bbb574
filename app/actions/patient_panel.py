"""What is known about several patients of one practice, read in a constant number of statements, so that
creating and changing patients costs the same reads for one of them or for a file of thousands."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from app.actions.patient_contacts import NumberBook
from app.actions.patient_subgroups import SubgroupBook
from app.models.consent import Consent
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.coverage import SubgroupMembership
from app.models.patient import Patient
from app.models.patient_fields import Place
from app.models.practice import Practice
from app.queries.surroundings import (
    current_memberships,
    decisions_of,
    merged_records,
    numbers_not_theirs,
    own_contacts,
)


class Panel:
    """Contact points, memberships and consents in force of the patients it was told to load."""

    def __init__(self, practice: Practice, *, at: datetime, is_second_hand: bool = False) -> None:
        self.practice = practice
        #: A file or another system says it, which a person who knows better has overruled or will.
        self.is_second_hand = is_second_hand
        self.at = at
        self.numbers = NumberBook(practice.id)
        self.subgroups = SubgroupBook(practice.id)
        self._contacts: dict[UUID, list[ContactPoint]] = {}
        self._not_theirs: dict[UUID, set[UUID]] = {}
        self._memberships: dict[UUID, SubgroupMembership] = {}
        self._decisions: dict[UUID, list[Consent]] = {}
        self._merged: dict[UUID, list[Patient]] = {}

    @property
    def today(self) -> date:
        return self.at.astimezone(ZoneInfo(self.practice.time_zone)).date()

    @property
    def place(self) -> Place:
        return Place(self.practice.country, self.today)

    def load(self, patients: Iterable[Patient], numbers: Iterable[str] = ()) -> None:
        """Read what is in force for these patients, and the phone numbers about to be used."""
        ids = [patient.id for patient in patients]
        self.numbers.load(numbers, at=self.at)
        for id_ in ids:  # what was read of them before holds no longer
            for book in (self._contacts, self._not_theirs, self._memberships, self._decisions,
                         self._merged):  # fmt: skip
                book.pop(id_, None)
        if ids:
            self._contacts |= own_contacts(self.practice.id, ids)
            self._not_theirs |= numbers_not_theirs(self.practice.id, ids)
            self._memberships |= current_memberships(self.practice.id, ids)
            self._decisions |= decisions_of(self.practice.id, ids)
            self._merged |= merged_records(self.practice.id, ids)

    def contacts(self, patient: Patient) -> list[ContactPoint]:
        return self._contacts.setdefault(patient.id, [])

    def knows_better(self, patient: Patient, number: PhoneNumber | None) -> bool:
        """Whether a person said that the number is not theirs, and it is only a file that says it is."""
        return self.is_second_hand and self.was_refused(patient, number)

    def was_refused(self, patient: Patient, number: PhoneNumber | None) -> bool:
        """Whether a person said so at all."""
        return number is not None and number.id in self._not_theirs.get(patient.id, set())

    def membership(self, patient: Patient) -> SubgroupMembership | None:
        return self._memberships.get(patient.id)

    def decisions(self, patient: Patient) -> list[Consent]:
        return self._decisions.get(patient.id, [])

    def merged(self, patient: Patient) -> list[Patient]:
        """The records this one stands for besides itself."""
        return self._merged.get(patient.id, [])

    def number_of(self, patient: Patient) -> PhoneNumber | None:
        """The number texts to this patient go to."""
        for point in self.contacts(patient):
            if point.phone_number_id is not None:
                return self.numbers.by_id(point.phone_number_id) or point.phone_number
        return None
