"""Patients the send gate would refuse an ordinary text today, and why: by name, a page at a time, narrowed
to one reason, or all of them for a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import contains_eager

from app.access import seen
from app.core.db import db
from app.models.contact_point import PhoneNumber
from app.models.patient import Patient
from app.models.viewer import Viewer
from app.queries.carrier_blocks import lines_blocked
from app.queries.gate_reasons import judged_patients
from messaging.gate_facts import Reason

PAGE = 100
MOST_IN_A_FILE = 20_000
#: What the list shows, in the order of its filter. People who died, left or lie in hospital are no work.
REASONS = (
    Reason.NO_CONSENT,
    Reason.NO_NUMBER,
    Reason.WRONG_NUMBER,
    Reason.LANDLINE,
    Reason.OFFICE_NUMBER,
    Reason.NUMBER_SHARED_UNCONFIRMED,
    Reason.OPTED_OUT,
    Reason.CARRIER_BLOCKED,
    Reason.DO_NOT_CONTACT,
)


@dataclass(frozen=True, slots=True)
class Untextable:
    """`said_no`: they were asked and declined, or took their yes back."""

    patient: Patient
    number: PhoneNumber | None
    reason: Reason
    said_no: bool
    #: The numbers of our lines the carrier blocks there, when that is why.
    blocked: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class UntextablePage:
    entries: list[Untextable]
    counts: Mapping[Reason, int]
    page: int
    has_more: bool

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def untextable_page(viewer: Viewer, reason: Reason | None, *, page: int = 1) -> UntextablePage:
    """One page by name, and how many there are of each reason. Two statements."""
    page = max(page, 1)
    rows = _entries(viewer, reason, limit=PAGE + 1, offset=(page - 1) * PAGE)
    seen(viewer, [each.patient.id for each in rows[:PAGE]], through="untextable")
    return UntextablePage(rows[:PAGE], _counts(viewer), page, len(rows) > PAGE)


def untextable_all(viewer: Viewer, reason: Reason | None) -> list[Untextable]:
    """Everybody of a reason, for a file."""
    rows = _entries(viewer, reason, limit=MOST_IN_A_FILE, offset=0)
    seen(viewer, [each.patient.id for each in rows], through="untextable")
    return rows


def reasons_of(viewer: Viewer) -> dict[UUID, str | None]:
    """Patient id → why they can't be texted (None: they can), for everyone the viewer sees."""
    judged = judged_patients(viewer)
    return {id_: why for id_, why in db.session.execute(select(judged.c.id, judged.c.reason))}


def _counts(viewer: Viewer) -> dict[Reason, int]:
    judged = judged_patients(viewer)
    rows = db.session.execute(
        select(judged.c.reason, func.count())
        .where(judged.c.reason.in_(REASONS))
        .group_by(judged.c.reason)
    )
    found = {Reason(reason): count for reason, count in rows}
    return {reason: found[reason] for reason in REASONS if reason in found}


def _entries(viewer: Viewer, reason: Reason | None, *, limit: int, offset: int) -> list[Untextable]:
    judged = judged_patients(viewer)
    wanted = [reason] if reason else list(REASONS)
    rows = db.session.execute(
        select(Patient, PhoneNumber, judged.c.reason, judged.c.said_no)
        .join(judged, and_(judged.c.practice_id == Patient.practice_id, judged.c.id == Patient.id))
        .outerjoin(
            PhoneNumber,
            and_(
                PhoneNumber.practice_id == Patient.practice_id,
                PhoneNumber.id == judged.c.number_id,
            ),
        )
        .outerjoin(Patient.care_team)
        .options(contains_eager(Patient.care_team))
        .where(judged.c.reason.in_(wanted))
        .order_by(Patient.family_name, Patient.given_name, Patient.id)
        .limit(limit)
        .offset(offset)
    )
    found = [Untextable(who, number, Reason(why), bool(no)) for who, number, why, no in rows]
    blocked = [
        each.number.id
        for each in found
        if each.reason is Reason.CARRIER_BLOCKED and each.number is not None
    ]
    lines = lines_blocked(viewer.practice_id, blocked)
    return [
        replace(each, blocked=lines.get(each.number.id, ())) if each.number is not None else each
        for each in found
    ]
