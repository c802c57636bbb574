"""What the send gate would say of an ordinary text to each patient, as one statement over all of them: its
rules in its order. tests/queries/test_untextable.py holds it to the gate's own answers."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, not_, or_, select
from sqlalchemy.orm import aliased

from app.access import visible_patients
from app.models.carrier_block import CarrierBlock
from app.models.consent import Consent, ConsentDecision
from app.models.contact_point import ContactPoint, ContactSystem, NumberState, PhoneNumber
from app.models.conversation import Conversation, ConversationKind
from app.models.message import Channel, Message
from app.models.patient import Patient, PatientStatus
from app.models.practice import Line
from app.models.viewer import Viewer
from messaging.gate_facts import Purpose, Reason

#: An ordinary follow-up; a decision about all of care speaks for it too.
PURPOSES = ("care", Purpose.CARE_NAVIGATION.value)


def judged_patients(viewer: Viewer) -> Any:
    """Every patient with their best number and the gate's reason (None: nothing stands against it).

    Three layers, each of which looks up what the one below named, through an index.
    """
    key, people = viewer.practice_id, _with_number(viewer)
    spoken = select(
        people, _newest_own(people).label("own_id"), _newest_of_number(people).label("stop_id")
    ).subquery()
    number, own, of_number = aliased(PhoneNumber), aliased(Consent), aliased(Consent)
    is_stopped = and_(
        of_number.decision != ConsentDecision.GIVEN,
        or_(
            own.id.is_(None),
            of_number.recorded_at > own.recorded_at,
            and_(of_number.recorded_at == own.recorded_at, of_number.id > own.id),
        ),
    )
    said_yes = and_(own.decision == ConsentDecision.GIVEN, ~func.coalesce(is_stopped, False))
    return (
        select(
            spoken.c.practice_id,
            spoken.c.id,
            spoken.c.number_id,
            _reason(spoken.c, number, own, said_yes).label("reason"),
            or_(own.id.is_not(None), is_stopped).label("said_no"),
        )
        .outerjoin(number, and_(number.practice_id == key, number.id == spoken.c.number_id))
        .outerjoin(own, and_(own.practice_id == key, own.id == spoken.c.own_id))
        .outerjoin(of_number, and_(of_number.practice_id == key, of_number.id == spoken.c.stop_id))
        .subquery()
    )


def _reason(people: Any, number: Any, own: Any, said_yes: ColumnElement[bool]) -> Any:
    """`messaging.gate`'s order of refusals, for a text that nobody asked for."""
    return case(
        (people.status == PatientStatus.DO_NOT_CONTACT, Reason.DO_NOT_CONTACT.value),
        (people.status != PatientStatus.ACTIVE, Reason.PATIENT_INACTIVE.value),
        (number.id.is_(None), Reason.NO_NUMBER.value),
        (
            or_(number.referrer_id.is_not(None), number.organization_id.is_not(None)),
            Reason.OFFICE_NUMBER.value,
        ),
        (number.state == NumberState.LANDLINE, Reason.LANDLINE.value),
        (number.state == NumberState.BAD, Reason.WRONG_NUMBER.value),
        (
            and_(number.carrier_blocked_at.is_not(None), _is_blocked(people, number)),
            Reason.CARRIER_BLOCKED.value,
        ),
        (number.opted_out_at.is_not(None), Reason.OPTED_OUT.value),
        (func.coalesce(said_yes, False).is_(False), Reason.NO_CONSENT.value),
        (
            and_(
                own.phone_number_id.is_(None),
                _others_use(people.practice_id, people.number_id, people.id),
            ),
            Reason.NUMBER_SHARED_UNCONFIRMED.value,
        ),
        else_=None,
    )


def _is_blocked(people: Any, number: Any) -> ColumnElement[bool]:
    """Whether the carrier blocks the line a text to them leaves from: the one their thread used last, else
    the first (`message_route.line_for`)."""
    used = (
        select(Message.line_id)
        .join(
            Conversation,
            (Conversation.practice_id == Message.practice_id)
            & (Conversation.id == Message.conversation_id),
        )
        .where(
            Conversation.practice_id == people.practice_id,
            Conversation.patient_id == people.id,
            Conversation.kind == ConversationKind.PATIENT,
            Message.channel == Channel.SMS,
            Message.line_id.is_not(None),
        )
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    active = select(Line.id).where(Line.practice_id == people.practice_id, Line.is_active)
    first = active.order_by(Line.created_at, Line.id).limit(1)
    line_id = func.coalesce(
        active.where(Line.id == used).scalar_subquery(), first.scalar_subquery()
    )
    return exists().where(
        CarrierBlock.practice_id == people.practice_id,
        CarrierBlock.phone_number_id == number.id,
        CarrierBlock.line_id == line_id,
    )


def _with_number(viewer: Viewer) -> Any:
    """Each patient's own number that texts go to: one that works, best rank first."""
    works_first = case((PhoneNumber.state == NumberState.OK, 0), else_=1)
    best = (
        select(ContactPoint.phone_number_id)
        .join(
            PhoneNumber,
            and_(
                PhoneNumber.practice_id == ContactPoint.practice_id,
                PhoneNumber.id == ContactPoint.phone_number_id,
            ),
        )
        .where(
            ContactPoint.practice_id == Patient.practice_id,
            ContactPoint.patient_id == Patient.id,
            ContactPoint.related_person_id.is_(None),
            ContactPoint.system == ContactSystem.PHONE,
            ContactPoint.ended_at.is_(None),
        )
        .order_by(works_first, ContactPoint.rank, ContactPoint.created_at, ContactPoint.id)
        .limit(1)
        .correlate(Patient)
        .scalar_subquery()
    )
    people = visible_patients(viewer).where(Patient.merged_into_id.is_(None))
    return people.with_only_columns(
        Patient.practice_id, Patient.id, Patient.status, best.label("number_id")
    ).subquery()


def _newest_own(people: Any) -> Any:
    """The newest decision of the person about their number, or about none in particular. On a number others
    use too, a yes for just any number says nothing once they spoke of this one."""
    here = or_(Consent.phone_number_id.is_(None), Consent.phone_number_id == people.c.number_id)
    earlier = aliased(Consent)
    spoke_before = (
        select(literal(1))
        .where(
            earlier.practice_id == Consent.practice_id,
            earlier.patient_id == Consent.patient_id,
            earlier.phone_number_id == people.c.number_id,
            earlier.channel == "sms",
            earlier.purpose.in_(PURPOSES),
            or_(
                earlier.recorded_at < Consent.recorded_at,
                and_(earlier.recorded_at == Consent.recorded_at, earlier.id < Consent.id),
            ),
        )
        .correlate_except(earlier)
        .exists()
    )
    overruled = and_(
        Consent.phone_number_id.is_(None),
        Consent.decision == ConsentDecision.GIVEN,
        spoke_before,
        _others_use(people.c.practice_id, people.c.number_id, people.c.id),
    )
    return _newest(people, Consent.patient_id == people.c.id, here, not_(overruled))


def _newest_of_number(people: Any) -> Any:
    """The newest decision about the number itself: a STOP, a START, the carrier's word."""
    return _newest(
        people, Consent.patient_id.is_(None), Consent.phone_number_id == people.c.number_id
    )


def _newest(people: Any, *about: ColumnElement[bool]) -> Any:
    return (
        select(Consent.id)
        .where(
            Consent.practice_id == people.c.practice_id,
            Consent.channel == "sms",
            Consent.purpose.in_(PURPOSES),
            *about,
        )
        .order_by(Consent.recorded_at.desc(), Consent.id.desc())
        .limit(1)
        .correlate(people)
        .scalar_subquery()
    )


def _others_use(practice_id: Any, number_id: Any, patient_id: Any) -> ColumnElement[bool]:
    """Somebody else who is still with the practice has the number too."""
    point, other = aliased(ContactPoint), aliased(Patient)
    return (
        select(literal(1))
        .select_from(point)
        .join(other, and_(other.practice_id == point.practice_id, other.id == point.patient_id))
        .where(
            point.practice_id == practice_id,
            point.phone_number_id == number_id,
            point.patient_id != patient_id,
            point.related_person_id.is_(None),
            point.ended_at.is_(None),
            other.merged_into_id.is_(None),
            other.status.not_in((PatientStatus.DECEASED, PatientStatus.LEFT_PRACTICE)),
        )
        .correlate_except(point, other)
        .exists()
    )
