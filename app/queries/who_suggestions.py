"""Whom an unknown writer may be, each with why: whose number it is or was, whose caregiver's, whom an office
referred with it, and whose name or birth date they wrote. Somebody decides; nothing here does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access import seen, visible_patients
from app.core.db import db
from app.core.folding import runs
from app.models.community_organization import CommunityOrganization
from app.models.contact_point import ContactPoint, PhoneNumber
from app.models.conversation import Conversation
from app.models.message import Direction, Message
from app.models.patient import Patient, RelatedPerson
from app.models.referral import Referral, Referrer
from app.models.referral_intake import IntakeStatus, ReferralIntake
from app.models.search_entry import SearchKind
from app.models.search_terms import Term, birth_terms, plain
from app.models.viewer import Viewer
from app.queries.introductions import Introduction, read
from app.queries.offices import visible_intakes
from app.queries.patient_search import BY_NAME
from app.queries.search_match import Groups, found_by_any

#: So many people at most, and so many of the writer's messages.
MOST, MESSAGES = 8, 10
#: A first name that more patients have says nothing.
FEW_OF_A_NAME = 3
Why = tuple[str, str]
#: The strongest reason first.
ORDER = (
    "theirs",
    "caregiver",
    "name",
    "referred",
    "birth_date",
    "once",
    "first_name",
    "not_theirs",
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A patient, and the reasons as (kind, what it says)."""

    patient: Patient
    why: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Suggested:
    people: Sequence[Suggestion] = ()
    #: Patients that offices referred with this number and nobody has matched yet.
    referred: Sequence[ReferralIntake] = ()
    #: Referring offices and community organizations whose phone it is.
    partners: Sequence[str] = ()


def suggested(viewer: Viewer, conversation: Conversation, *, today: date) -> Suggested:
    """A constant number of statements. Nobody for a caller who hid their number and wrote nothing."""
    number = conversation.phone_number
    why: dict[UUID, list[Why]] = {}
    waiting: list[ReferralIntake] = []
    partners: list[str] = []
    if number is not None:
        _by_number(viewer, number, why)
        waiting, partners = _by_referral(viewer, number, why), _partners(viewer, number)
    said = read(_texts(viewer, conversation), today=today)
    found = {row.id: row for row in _by_words(viewer, said, why)}
    rows = visible_patients(viewer).where(Patient.id.in_(why), Patient.merged_into_id.is_(None))
    found |= {row.id: row for row in db.session.scalars(rows)}
    ranked = sorted(
        (Suggestion(row, tuple(sorted(set(why[row.id]), key=_strength))) for row in found.values()),
        key=_rank,
    )[:MOST]
    seen(viewer, [each.patient.id for each in ranked], through="intake")
    return Suggested(ranked, waiting, partners)


def _strength(why: Why) -> int:
    return ORDER.index(why[0])


def _rank(one: Suggestion) -> tuple[int, int, str, UUID]:
    """The strongest reason, then how many, then by name."""
    return _strength(one.why[0]), -len(one.why), one.patient.given_name, one.patient.id


def _texts(viewer: Viewer, conversation: Conversation) -> list[str]:
    rows = select(Message.body).where(
        Message.practice_id == viewer.practice_id,
        Message.conversation_id == conversation.id,
        Message.direction == Direction.INBOUND,
    )
    newest = rows.order_by(Message.created_at.desc(), Message.id.desc()).limit(MESSAGES)
    return [body for body in db.session.scalars(newest) if body]


def _by_number(viewer: Viewer, number: PhoneNumber, why: dict[UUID, list[Why]]) -> None:
    """Everyone it is or was a contact point of."""
    rows = select(ContactPoint, RelatedPerson.name).outerjoin(
        RelatedPerson,
        (RelatedPerson.practice_id == ContactPoint.practice_id)
        & (RelatedPerson.id == ContactPoint.related_person_id),
    )
    here = rows.where(
        ContactPoint.practice_id == viewer.practice_id, ContactPoint.phone_number_id == number.id
    )
    for point, caregiver in db.session.execute(here.order_by(ContactPoint.created_at).limit(50)):
        kind = "caregiver" if point.related_person_id is not None else "theirs"
        if point.ended_at is not None:
            kind = "once" if point.not_theirs_at is None else "not_theirs"
        why.setdefault(point.patient_id, []).append((kind, caregiver or ""))


def _by_referral(
    viewer: Viewer, number: PhoneNumber, why: dict[UUID, list[Why]]
) -> list[ReferralIntake]:
    """Whom offices referred with the number; those nobody has matched yet are given back."""
    rows = visible_intakes(viewer).add_columns(Referral.patient_id).outerjoin(
        Referral,
        (Referral.practice_id == ReferralIntake.practice_id)
        & (Referral.id == ReferralIntake.referral_id),
    ).where(ReferralIntake.phone == number.e164)  # fmt: skip
    waiting = []
    for intake, patient_id in db.session.execute(
        rows.order_by(ReferralIntake.received_at.desc()).limit(MOST)
    ):
        if patient_id is not None:
            why.setdefault(patient_id, []).append(("referred", intake.referrer.name))
        elif intake.status is IntakeStatus.WAITING:
            waiting.append(intake)
    return waiting


def _partners(viewer: Viewer, number: PhoneNumber) -> list[str]:
    """Names of the offices and organizations, by their own phone or by what somebody said of the number."""
    tables = ((Referrer, number.referrer_id), (CommunityOrganization, number.organization_id))
    return [
        name
        for table, own_id in tables
        for name in db.session.scalars(
            select(table.name)
            .where(
                table.practice_id == viewer.practice_id,
                (table.phone == number.e164) | (table.id == own_id),
            )
            .order_by(table.name)
            .limit(MOST)
        )
    ]


def _by_words(viewer: Viewer, said: Introduction, why: dict[UUID, list[Why]]) -> Iterable[Patient]:
    """By what they wrote: a whole name, a birth date, a first name that few have."""
    found: dict[UUID, Patient] = {}
    pairs = [[_terms(viewer, one), _terms(viewer, two)] for one, two in said.pairs]
    for row in _look(viewer, pairs, MOST):
        if any(_is_name(row, pair) for pair in said.pairs):
            found[row.id] = row
            why.setdefault(row.id, []).append(("name", ""))
    born = [[[Term(each)]] for day in said.days for each in birth_terms(viewer.practice_id, day)]
    for row in _look(viewer, born, MOST):
        found[row.id] = row
        why.setdefault(row.id, []).append(("birth_date", ""))
    for name in said.names:
        rows = _look(viewer, [[_terms(viewer, name)]], FEW_OF_A_NAME + 1)
        same = [row for row in rows if name in runs(row.given_name)]
        if len(rows) <= FEW_OF_A_NAME:
            for row in same:
                found[row.id] = row
                if ("name", "") not in why.setdefault(row.id, []):
                    why[row.id].append(("first_name", ""))
    return [row for row in found.values() if why.get(row.id)]


def _look(viewer: Viewer, any_of: Sequence[Groups], most: int) -> list[Patient]:
    if not any_of:
        return []
    statement: Any = visible_patients(viewer).where(Patient.merged_into_id.is_(None))
    matched = found_by_any(statement, Patient, SearchKind.PATIENT, any_of)
    return list(db.session.scalars(matched.order_by(*BY_NAME).limit(most)))


def _terms(viewer: Viewer, word: str) -> list[Term]:
    return [Term(each) for each in plain(SearchKind.PATIENT, viewer.practice_id, [word])]


def _is_name(patient: Patient, pair: tuple[str, str]) -> bool:
    """Given and family name, either way round; the record number may hold a word, too."""
    given, family = (
        {"".join(runs(part)), *runs(part)} for part in (patient.given_name, patient.family_name)
    )
    one, two = pair
    return (one in given and two in family) or (one in family and two in given)
