"""What a community organization answers: it takes somebody on, does not and why, has a day, is done and what
came of it. Each answer steps the referral and its tasks, and is a row of the ledger: a partner's word."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.actions import (
    answers,
    organization_clocks,
    organization_visits,
    own_appointments,
    tasks,
    touchpoints,
    visit_milestones,
)
from app.actions.referral_cards import find_follow_up
from app.actions.referral_holds import hold_with
from app.actions.referral_milestones import reach
from app.actions.referral_onward import advance
from app.actions.touchpoint_contact import Contact
from app.core.errors import Invalid
from app.models.event import SYSTEM, Actor, record
from app.models.organization_ask import HelpOutcome, NoFit, OrganizationAsk
from app.models.referral_state import MilestoneKind, ReferralStatus
from app.models.task import Evidence, Needs, Task, TaskType
from app.models.touchpoint import ActorKind

_S = ReferralStatus
#: On the way to the state an answer means.
_PATH = {
    _S.REQUESTED: (_S.ACCEPTED, _S.IN_PROGRESS),
    _S.ACCEPTED: (_S.IN_PROGRESS,),
    _S.ON_HOLD: (_S.IN_PROGRESS,),
}
#: A card that waits for one of these keeps it.
_KEEPS = {Needs.UPDATE_PCP, Needs.SETTLE, Needs.LEAD_DECISION, Needs.REVIEW_REPLY}
LONGEST = 1000


def accept(ask: OrganizationAsk, *, by: Actor, at: datetime) -> None:
    """It takes the person on. Saying so twice is harmless."""
    ask.check_open()
    if ask.status is not _S.REQUESTED:
        return
    ask.move(_S.ACCEPTED, at=at)
    ask.accepted_at = at
    _answered(ask, "accepted", by=by, at=at)


def refuse(ask: OrganizationAsk, why: str, words: str, *, by: Actor, at: datetime) -> None:
    """Not a fit. Raises Invalid without a reason of the list, or without words for another one."""
    ask.check_open()
    if why not in set(NoFit):
        raise Invalid("Choose why it is not a fit.", field="no_fit")
    if why == NoFit.OTHER and not words.strip():
        raise Invalid("Write why, in a few words.", field="words")
    ask.move(_S.REJECTED if ask.status is _S.REQUESTED else _S.FAILED, at=at)
    ask.no_fit = NoFit(why)
    _keep(ask, words)
    _answered(ask, "no_fit", by=by, at=at, reason=why)
    organization_visits.drop(ask, "The organization does not take them on", by=by, at=at)
    _ask_elsewhere(ask, at=at)


def schedule(ask: OrganizationAsk, day: datetime, *, by: Actor, at: datetime) -> None:
    """It has a day; the patient is asked afterwards whether it was kept. Raises Invalid for a past one."""
    ask.check_open()
    if day < at:
        raise Invalid("That day is over. Write a day to come.", field="day")
    if ask.scheduled_for == day:
        return
    ask.move(*_PATH.get(ask.status, ()), at=at)
    ask.accepted_at, ask.scheduled_for = ask.accepted_at or at, day
    organization_visits.call_off(ask, "Another day was set", by=by, at=at)
    name = ask.organization.name
    booked = own_appointments.plan(
        ask.patient, day, name, by=by, at=at, organization_id=ask.organization_id
    )
    task = tasks.create(
        ask.patient, TaskType.APPOINTMENT_KEPT, by=SYSTEM, at=at, referral=ask.referral, received_at=at,
        appointment=booked,
        about={"appointment_place": name, "community_organization": name,
               "happens_at": day.isoformat()},
        source_key=f"{organization_visits.key_of(ask)}{day.isoformat()}",
    )  # fmt: skip
    hold_with(ask.referral, task, by=SYSTEM, at=at)
    reach(ask.referral, MilestoneKind.SCHEDULED, by=by, at=at)
    _answered(ask, "scheduled", by=by, at=at, served=[task])
    advance(ask.referral, at=at)


def finish(ask: OrganizationAsk, outcome: str, words: str, *, by: Actor, at: datetime) -> None:
    """It is done, and what came of it. Help that was given is the referral's outcome; anything else needs a
    person. Raises Invalid for an unknown outcome."""
    ask.check_open()
    if outcome not in set(HelpOutcome):
        raise Invalid("Choose what came of it.", field="outcome")
    helped = outcome == HelpOutcome.GOT_HELP
    last = _S.COMPLETED if helped else _S.FAILED
    ask.move(*_PATH.get(ask.status, ()), last, at=at)
    ask.outcome = HelpOutcome(outcome)
    _keep(ask, words)
    visits = organization_visits.visits_of(ask)
    _answered(ask, "done", by=by, at=at, served=visits, outcome=outcome)
    for visit in visits:
        answers.apply(
            visit, key=answers.YES if helped else answers.NO, inbound=None, by=by, at=at,
            evidence=Evidence.PARTNER_CONFIRMED,
        )  # fmt: skip
    if helped:
        if not any(visit.needs is Needs.SETTLE for visit in visits):
            day = min(ask.scheduled_for or at, at)
            visit_milestones.reach_kept(ask.referral, Evidence.PARTNER_CONFIRMED, day, by=by, at=at)
        reach(ask.referral, MilestoneKind.OUTCOME, by=by, at=at,
              evidence=Evidence.PARTNER_CONFIRMED, note=_note(ask))  # fmt: skip
    else:
        _ask_elsewhere(ask, at=at)
    advance(ask.referral, at=at)


def _note(ask: OrganizationAsk) -> str:
    return (
        f"{ask.organization.name}: {ask.words}" if ask.words else f"{ask.organization.name} helped"
    )


def _keep(ask: OrganizationAsk, words: str) -> None:
    ask.words = words.strip()[:LONGEST] or None


def not_reached(ask: OrganizationAsk, *, at: datetime, by_text: bool = False) -> None:
    """The e-mail or text never arrived: a person reaches them another way."""
    if not ask.is_open:
        return
    record(ask, "organization.not_reached", by=SYSTEM, at=at, organization=ask.organization.name,
           way="text" if by_text else "email")  # fmt: skip
    _ask_elsewhere(ask, at=at)


def _ask_elsewhere(ask: OrganizationAsk, *, at: datetime) -> None:
    """Somebody chooses another organization: on the open card, or on one of its own."""
    task = find_follow_up(ask.referral)
    if task is None or task.needs in _KEEPS:
        task = tasks.create(
            ask.patient, TaskType.REFERRAL_FOLLOW_UP, by=SYSTEM, at=at, referral=ask.referral,
            ask_first=False, source_key=f"elsewhere:{ask.id}",
        )  # fmt: skip
    if task.is_open:
        task.need(Needs.ASK_PARTNER, at=at)
        record(task, "task.ask_partner_due", by=SYSTEM, at=at, step="no_fit")


def _answered(
    ask: OrganizationAsk,
    what: str,
    *,
    by: Actor,
    at: datetime,
    served: Iterable[Task] = (),
    **facts: Any,
) -> None:
    """The event, and the contact's row in the ledger."""
    ask.answered_at = ask.answered_at or at
    organization_clocks.wind(ask, at=at)
    event = record(ask, f"organization.{what}", by=by, at=at, organization=ask.organization.name,
                   evidence=Evidence.PARTNER_CONFIRMED.value, **facts)  # fmt: skip
    touchpoints.write(
        Contact(
            patient=ask.patient,
            source_kind="organization_answer",
            source_id=str(event.id),
            activity_type="care_coordination",
            channel="secure_link",
            direction="inbound",
            actor_kind=ActorKind.PARTNER,
            started_at=at,
            ended_at=at,
            contact_party="community_organization",
            contact_outcome="reached",
            task_ids=tuple(each.id for each in served),
            result={"answer": what, **facts},
        ),
        by=by,
        at=at,
    )
