"""The cases of Closing the Referral Loop from the practice's own rows: they are laid before the published
logic (app.value.referral_loop) as the few FHIR resources it reads, so that rows and bundles are judged alike.
A visit is a contact in which somebody spoke with the patient, or a kept appointment."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from app.access import visible_referrals, visible_touchpoints
from app.core.db import db
from app.models.patient import Patient
from app.models.referral import Referral
from app.models.referral_milestone import ReferralMilestone
from app.models.referral_state import OPEN, MilestoneKind, ReferralStatus
from app.models.task import Task, TaskType
from app.models.touchpoint import ActorKind, Touchpoint
from app.models.viewer import Viewer
from app.queries.credited import stands
from app.queries.measure_context import PATIENT, ContextOf, of_patient
from app.queries.measure_filter import Span
from app.value.fhir_bundle import Entry, PatientBundle
from app.value.rates import Case, Verdict
from app.value.referral_loop import Populations, ValueSets, closing_referral_loop, first_referral
from messaging.quiet_hours import end_of_local_day

_OWN = "urn:touchline"
#: Our rows say what they are; the licensed lists are for bundles of others.
SETS = ValueSets(*(frozenset({(_OWN, kind)}) for kind in ("visit", "none", "referral", "report")))
SPOKEN = ("phone", "video", "in_person")
#: What is wanted: people by who they are, with when they were first seen in the year.
Visits = dict[UUID, tuple[datetime, datetime]]


def loop_cases(viewer: Viewer, span: Span, context: ContextOf) -> Iterator[Case]:
    """A case per patient and year whose first referral came in these days: closed by the report on it, not
    (yet) closed, or excluded: taken back, or never seen that year."""
    for year in range(span.from_on.year, span.to_on.year + 1):
        seen = _seen(viewer, span, year)
        people: dict[UUID, list[Any]] = defaultdict(list)
        for row in _referrals(viewer, span, year):
            people[row.person].append(row)
        for person, rows in people.items():
            yield from _case(person, rows, seen.get(person), year, span, context)


def _case(
    person: UUID, rows: list[Any], seen: tuple[datetime, datetime] | None, year: int, span: Span,
    context: ContextOf,
) -> Iterator[Case]:  # fmt: skip
    bundle = bundle_of(person, rows, seen, span)
    first = first_referral(bundle, year, SETS)
    row = next((each for each in rows if first and str(each.id) == first.entry.id), None)
    if row is None:  # every one was taken back, or came too late in the year
        row = next((each for each in rows if _in_time(each.received_at, year, span)), None)
    if (
        row is None
        or not span.from_on <= row.received_at.astimezone(span.zone).date() <= span.to_on
    ):
        return
    verdict = Verdict.EXCLUDED
    if first is not None:
        verdict = _verdict(closing_referral_loop(bundle, year, SETS), year, span)
    yield Case(
        "referral", str(row.id), str(person), row.received_at, verdict,
        context(row.patient_id, row.received_at, tuple(row[-3:]), row.care_team_id),
    )  # fmt: skip


def _verdict(found: Populations, year: int, span: Span) -> Verdict:
    is_over = span.at.astimezone(span.zone).date() > date(year, 12, 31)
    if found.numerator:
        return Verdict.MET
    if not is_over:
        return Verdict.UNKNOWN  # a visit or the report may still come
    return Verdict.NOT_MET if found.denominator else Verdict.EXCLUDED


def _in_time(moment: datetime, year: int, span: Span) -> bool:
    return date(year, 1, 1) <= moment.astimezone(span.zone).date() <= date(year, 10, 31)


def bundle_of(
    person: UUID, rows: list[Any], seen: tuple[datetime, datetime] | None, span: Span
) -> PatientBundle:
    """One person's referrals, reports and visit as the measure reads them."""
    entries = [Entry({"resourceType": "Patient", "id": str(person)})]
    if seen is not None:
        period = {"start": _text(seen[0]), "end": _text(seen[1])}
        entries.append(Entry({"resourceType": "Encounter", "status": "finished",
                              "type": [_coded("visit")], "period": period}))  # fmt: skip
    for row in rows:
        entries.append(Entry({
            "resourceType": "ServiceRequest", "id": str(row.id), "status": _status(row.status),
            "intent": "order", "code": _coded("referral"), "authoredOn": _text(row.received_at),
        }))  # fmt: skip
        if row.reported_at is not None:
            entries.append(Entry({
                "resourceType": "Task", "status": "completed", "code": _coded("report"),
                "basedOn": [{"reference": f"ServiceRequest/{row.id}"}],
                "executionPeriod": {"end": _text(row.reported_at)},
            }))  # fmt: skip
    return PatientBundle(tuple(entries), span.zone)


def _coded(kind: str) -> dict[str, Any]:
    return {"coding": [{"system": _OWN, "code": kind}]}


def _status(status: ReferralStatus) -> str:
    if status is ReferralStatus.COMPLETED:
        return "completed"
    return "active" if status in OPEN else "revoked"


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _bounds(year: int, span: Span) -> tuple[datetime, datetime]:
    return (
        end_of_local_day(date(year, 1, 1) - timedelta(days=1), span.time_zone),
        end_of_local_day(date(year, 12, 31), span.time_zone),
    )


def _person() -> Any:
    return func.coalesce(Patient.merged_into_id, Patient.id)


def _milestone(kind: MilestoneKind) -> Any:
    return and_(
        ReferralMilestone.practice_id == Referral.practice_id, ReferralMilestone.kind == kind,
        ReferralMilestone.referral_id == Referral.id, ReferralMilestone.taken_back_at.is_(None),
    )  # fmt: skip


def _referrals(viewer: Viewer, span: Span, year: int) -> Any:
    since, until = _bounds(year, span)
    team = (
        select(Task.care_team_id)
        .where(Task.practice_id == Referral.practice_id, Task.referral_id == Referral.id,
               Task.type == TaskType.REFERRAL_FOLLOW_UP)
        .order_by(Task.created_at, Task.id)
        .limit(1)
        .scalar_subquery()
    )  # fmt: skip
    return db.session.execute(
        visible_referrals(viewer)
        .with_only_columns(
            Referral.id, Referral.status, Referral.received_at,
            ReferralMilestone.happened_at.label("reported_at"), team.label("care_team_id"),
            Patient.id.label("patient_id"), _person().label("person"), *PATIENT,
        )
        .join(Patient, of_patient(Referral.patient_id, Referral))
        .outerjoin(ReferralMilestone, _milestone(MilestoneKind.REPORT_RECEIVED))
        .where(Referral.received_at >= since, Referral.received_at < until)
        .order_by(Referral.received_at, Referral.id)
    )  # fmt: skip


def _seen(viewer: Viewer, span: Span, year: int) -> Visits:
    """Two statements: contacts of ours, and appointments of referrals that were kept."""
    since, until = _bounds(year, span)
    spoken = (
        visible_touchpoints(viewer)
        .with_only_columns(_person().label("person"), func.min(Touchpoint.started_at),
                           func.min(Touchpoint.ended_at))
        .join(Patient, of_patient(Touchpoint.patient_id, Touchpoint))
        .where(
            Touchpoint.started_at >= since, Touchpoint.ended_at < until, stands(),
            Touchpoint.actor_kind == ActorKind.HUMAN, Touchpoint.channel.in_(SPOKEN),
            Touchpoint.contact_outcome == "reached",
            Touchpoint.contact_party.in_(("patient", "caregiver")),
        )
        .group_by(_person())
    )  # fmt: skip
    happened = ReferralMilestone.happened_at
    kept = (
        visible_referrals(viewer)
        .with_only_columns(_person().label("person"), func.min(happened), func.min(happened))
        .select_from(Referral)
        .join(Patient, of_patient(Referral.patient_id, Referral))
        .join(ReferralMilestone, _milestone(MilestoneKind.KEPT))
        .where(happened >= since, happened < until)
        .group_by(_person())
    )
    found = {person: (start, end) for person, start, end in db.session.execute(kept)}
    return found | {person: (start, end) for person, start, end in db.session.execute(spoken)}
