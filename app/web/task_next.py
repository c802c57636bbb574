"""What happens next with a task, in one sentence a navigator can tell the patient."""

from collections.abc import Sequence
from datetime import datetime

from app.models.message import Message
from app.models.protocol_definition import Definition
from app.models.referral import Referral
from app.models.referral_state import ReferralStatus
from app.models.task import Needs, Task, TaskStatus
from app.web.display import clock, day_of, on_day
from app.web.words import word
from messaging.gate_facts import Reason
from messaging.gate_words import rule_of

YOUR_TURN = {
    Needs.CALL: "Your turn: call the patient.",
    Needs.CALL_CAREGIVER: "Your turn: call the caregiver.",
    Needs.ASK_PARTNER: "Your turn: ask the partner the task names.",
    Needs.REVIEW_REPLY: "They answered in words we could not read for sure. Your turn: read the reply.",
    Needs.SOLVE_BARRIER: "Something is in the way. Your turn: help to solve it.",
    Needs.OTHER_CHANNEL: "Texts do not reach them. Your turn: find another way.",
    Needs.UPDATE_PCP: "Your turn: tell the referring office how it stands.",
    Needs.SETTLE: "Two people say different things. Your turn: find out what is true, then complete it.",
    Needs.FIX_ADDRESS: "E-mails to the referring office do not arrive. Your turn: call them, write the "
    "right address on their page, and tell them what they missed.",
    Needs.NEXT_STEP: "Your turn: take the next step of this referral, or end it.",
    Needs.LEAD_DECISION: "A lead decides how to go on.",
}

#: What the office is to hear of a referral that is over.
ENDED = {
    ReferralStatus.REJECTED: "It is not a fit. Your turn: tell the referring office why.",
    ReferralStatus.CANCELLED: "The referral was cancelled. Your turn: tell the referring office.",
    ReferralStatus.FAILED: "It could not be done. Your turn: tell the referring office.",
    ReferralStatus.ENTERED_IN_ERROR: "The referral was entered in error, and the office had heard of it. "
    "Your turn: tell them that it was an error.",
}

#: What a card of a later step of a referral is about.
STAGES = {
    "scheduled": "They are in touch with us, and no day is set. Your turn: set one, or end the referral.",
    "kept": "A day was set. Your turn: find out whether it was kept.",
    "outcome": "It was kept. Your turn: find out what came of it.",
    "closed": "The outcome is known. Your turn: take in the report, if one comes, and close the loop.",
    "held": "The referral is on hold without a day. Your turn: let it go on, or end it.",
}

_PERSONS = {
    "call": "a call is due",
    "caregiver": "the caregiver is texted or called",
    "partner": "the partner is to be asked",
    "lead": "a lead decides, from",
}


def what_next(
    task: Task,
    definition: Definition,
    waiting: Message | None,
    others: Sequence[Task] = (),
    referral: Referral | None = None,
) -> str:
    """One sentence; the text that waits to leave says why it waits. `referral`: the one it follows."""
    if not task.is_open:
        return "This is closed. Nothing more happens by itself."
    if task.status is TaskStatus.ON_HOLD:
        return _held(task)
    if task.stuck_reason:
        return "A step failed. Nothing happens by itself until somebody looks at it."
    parts = [_turn_of(task, task.needs, referral)] if task.needs else []
    if waiting is not None:
        parts.append(_leaving(waiting))
    if task.waits_for is not None and task.next_step_at is not None:
        parts.append(_turn(task, others))
    return " ".join(parts) or _rung(task, definition)


def _turn_of(task: Task, needs: Needs, referral: Referral | None) -> str:
    if needs is Needs.UPDATE_PCP and referral is not None:
        return _tell(referral)
    named = task.about.get("community_organization")
    if needs is Needs.FIX_ADDRESS and named:
        return (
            f"E-mails to {named} do not arrive. Your turn: call them, and have the right address "
            "written in the directory before anybody asks them again."
        )
    stage = task.about.get("stage") if needs is Needs.NEXT_STEP else None
    if stage == "asked":
        who = task.about.get("community_organization", "The organization")
        return (
            f"{who} has not answered in time. Your turn: ask them again, call, or ask another one."
        )
    return STAGES.get(str(stage), YOUR_TURN[needs])


def _tell(referral: Referral) -> str:
    """What the office is to hear, and whether its week is over."""
    if referral.status in ENDED:
        return ENDED[referral.status]
    late = "The office has not heard within its week. " if referral.pcp_overdue_since else ""
    stands = (
        "Patient and team are in touch" if referral.connected_at else "They were not reached yet"
    )
    return f"{stands}. {late}{YOUR_TURN[Needs.UPDATE_PCP]}"


def _held(task: Task) -> str:
    """Until when, and what was said meanwhile or is to be done all the same."""
    until = f"until {on_day(day_of(task.wakes_at))}" if task.wakes_at else "until it is resumed"
    if task.needs is Needs.REVIEW_REPLY:
        return "They answered while this is on hold. Your turn: read it and decide what it means."
    return f"On hold: nothing happens by itself {until}."


def _turn(task: Task, others: Sequence[Task]) -> str:
    """Whose question it waits for, and until when."""
    open_one = next((other for other in others if other.id == task.waits_for), None)
    about = f" about “{word(open_one.type, 'type').lower()}”" if open_one else ""
    until = _moment(task.next_step_at) if task.next_step_at else ""
    return (
        f"They still have an open question{about}, and are asked one thing at a time. "
        f"This is asked once that is answered, or {until}."
    )


def _leaving(message: Message) -> str:
    reason = (message.verdict or {}).get("reason")
    known = reason in Reason.__members__.values() and reason != Reason.OK
    why = f" {rule_of(Reason(str(reason)))}" if known else ""
    if message.due_at is None or message.status.value == "sending":
        return "A text is leaving right now."
    return f"A text leaves {_moment(message.due_at)}.{why}"


def _rung(task: Task, definition: Definition) -> str:
    if task.next_step_at is None or task.step >= len(definition.steps):
        return "Nothing more happens by itself. Decide how to go on."
    rung = definition.steps[task.step]
    when = _moment(task.next_step_at)
    if not rung.writes:
        return f"If there is no answer, {_PERSONS[rung.action]} {when}."
    verb = "remind" if task.asked_at else "ask"
    return f"Touchline will {verb} by text {when}, unless an answer comes first."


def _moment(at: datetime) -> str:
    return f"{on_day(day_of(at))} after {clock(at)}"
