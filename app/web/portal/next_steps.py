"""What's next for the patient, in their words: what we asked and what we do about it, appointments, and whom
to call."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from flask import Flask, render_template
from flask_babel import lazy_gettext as _l

from app.actions import portal_confirmations, questions
from app.core.ids import new_id
from app.models.message import Message
from app.models.referral_state import ReferralStatus
from app.models.task import Needs, Task, TaskStatus, TaskType
from app.models.user import User
from app.queries import portal
from app.queries.confirmed import confirmed_lately
from app.web.display import is_fragment
from app.web.moment import now
from app.web.portal import opening, session
from app.web.portal.confirmations import SAYS

bp = session.patient_blueprint("portal_next", __name__)

_TITLES = {
    TaskType.MEDICATION_RECEIVED: _l("Your medicine"),
    TaskType.APPOINTMENT_KEPT: _l("Your appointment"),
    TaskType.REFERRAL_FOLLOW_UP: _l("Getting in touch with our team"),
    TaskType.HOSPITAL_DISCHARGE: _l("Your first days at home"),
    TaskType.NO_SHOW: _l("A new day for your visit"),
}
_ASKED = {
    TaskType.MEDICATION_RECEIVED: _l("We asked if your medicine arrived."),
    TaskType.APPOINTMENT_KEPT: _l("We asked if you made it to your appointment."),
    TaskType.REFERRAL_FOLLOW_UP: _l("We asked if you have been in touch with our team."),
    TaskType.HOSPITAL_DISCHARGE: _l("We asked how you are at home."),
    TaskType.NO_SHOW: _l("We asked if we may find a new day for you."),
}
_TO_COME = {
    TaskType.MEDICATION_RECEIVED: _l("We make sure that your medicine arrives."),
    TaskType.APPOINTMENT_KEPT: _l("We will ask you how it went."),
    TaskType.REFERRAL_FOLLOW_UP: _l("Your doctor asked us to support you. We will contact you."),
    TaskType.HOSPITAL_DISCHARGE: _l("One of us will call to hear how you are."),
    TaskType.NO_SHOW: _l("We will look for a new day with you."),
}
_OURS = {
    Needs.CALL: _l("We will call you."),
    Needs.CALL_CAREGIVER: _l("We will call the person who helps you."),
    Needs.ASK_PARTNER: _l("We are asking the people who work with you."),
    Needs.OTHER_CHANNEL: _l("We will find the best way to reach you."),
    Needs.REVIEW_REPLY: _l("We have your answer and are reading it."),
    Needs.SOLVE_BARRIER: _l("We know that something got in the way and are working on it."),
    Needs.UPDATE_PCP: _l("We will tell your doctor how it stands."),
    Needs.SETTLE: _l("We heard two different things and are finding out what is right."),
    Needs.FIX_ADDRESS: _l("We are getting news to your doctor."),
    Needs.NEXT_STEP: _l("We are working out what comes next for you."),
    Needs.LEAD_DECISION: _l("We are looking into it."),
}
_REFERRALS = {
    ReferralStatus.REQUESTED: _l("We have it and are looking at how we can help."),
    ReferralStatus.ACCEPTED: _l("We said yes. We will contact you."),
    ReferralStatus.IN_PROGRESS: _l("We are working on it with you."),
    ReferralStatus.ON_HOLD: _l("It waits for now. Ask us if you want to know why."),
    ReferralStatus.COMPLETED: _l("It is done."),
    ReferralStatus.REJECTED: _l(
        "We could not take this on. Ask us or your doctor what comes next."
    ),
    ReferralStatus.CANCELLED: _l("It was stopped. Ask us if you want to know why."),
    ReferralStatus.FAILED: _l("It did not work out. Ask us or your doctor what comes next."),
}
_IN_TOUCH = _l("You are in touch with us. We will tell your doctor.")
_HELD = _l("It waits for now. Ask us if you want to know why.")
_PUT_OFF = _l("We will ask you again.")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing under way: what it is, where it stands, and who looks after it."""

    title: str
    words: str
    is_asked: bool
    owner: User | None
    #: The open question, with its buttons.
    question: Message | None = None
    #: The task, where the patient may say of their own accord that it happened, and the button's words.
    confirmable: UUID | None = None
    says: str = ""
    #: Since when, where there are two of a kind.
    since: datetime | None = None


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/portal/my/next")
def page() -> str:
    me = session.signed_in()
    form = "portal/_next.html" if is_fragment() else "portal/next.html"
    return render_template(
        form,
        steps=steps(),
        told=told(),
        key=str(new_id()),
        appointments=portal.appointments(me.viewer, at=now()),
        referrals=portal.referrals(me.viewer),
        referral_words=_REFERRALS,
        topic=f"patient:{me.patient.id}",
        closed=opening.closed_note(me.practice),
        practice_phone=me.practice.phone,
        me=me,
    )


def steps() -> list[Step]:
    """What is under way for the signed-in patient; open questions come first."""
    me = session.signed_in()
    tasks = portal.open_tasks(me.viewer)
    people = portal.owners(me.viewer, tasks)
    asked = questions.open_questions(me.viewer.practice_id, patient_ids=[me.patient.id], at=now())
    waiting = {message.task_id: message for message in asked}
    kinds = [task.type for task in tasks]
    made = [
        Step(
            title=str(_TITLES[task.type]),
            words=words_of(task, is_asked=task.id in waiting),
            is_asked=task.id in waiting,
            owner=people.get(task.owner_id) if task.owner_id else None,
            question=waiting.get(task.id),
            **unasked(task, is_asked=task.id in waiting, is_alone=kinds.count(task.type) == 1),
        )
        for task in tasks
    ]
    return sorted(made, key=lambda step: not step.is_asked)


class Unasked(TypedDict, total=False):
    """What a step shows that nobody asked about."""

    confirmable: UUID
    says: str
    since: datetime | None


def unasked(task: Task, *, is_asked: bool, is_alone: bool) -> Unasked:
    """The button of somebody who is faster than our question."""
    if is_asked or not portal_confirmations.may_confirm(task, at=now()):
        return {}
    since = None if is_alone else task.created_at
    return {"confirmable": task.id, "says": str(SAYS[task.type]), "since": since}


def told() -> list[tuple[str, Task]]:
    """What the patient said lately of their own accord, and may take back: its title and the task."""
    me = session.signed_in()
    return [(str(_TITLES[task.type]), task) for task in confirmed_lately(me.viewer, at=now())]


def words_of(task: Task, *, is_asked: bool) -> str:
    """Where it stands, as one sentence."""
    if is_asked:
        return str(_ASKED[task.type])
    if task.status is TaskStatus.ON_HOLD and task.needs is None:
        return str(_HELD)
    if task.needs is Needs.UPDATE_PCP and task.connected_at is not None:
        return str(_IN_TOUCH)
    if task.needs is Needs.FIX_ADDRESS and "community_organization" in task.about:
        return str(_OURS[Needs.ASK_PARTNER])
    if task.needs in _OURS:
        return str(_OURS[task.needs])
    if task.status is TaskStatus.IN_PROGRESS and task.asked_at is not None:
        return str(_PUT_OFF)
    return str(_TO_COME[task.type])
