"""Sentences for events, by kind: data that the timeline and the threads read. A sentence may look at the
event's facts, which never hold a patient's words."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.models.consent import EVERYTHING
from app.web.correction_words import corrected
from app.web.display import minutes, stamp
from app.web.message_events import MESSAGE_EVENTS
from app.web.words import word
from app.web.work_words import WORK_EVENTS, routed

Facts = Mapping[str, Any]

REASONS = {
    "opted_out": "the number opted out",
    "number_not_theirs": "the number is not theirs any more",
    "patient_inactive": "the patient is not active",
    "taken_back": "somebody took it back",
    "list_stopped": "the list was stopped",
    "restored": "it had waited too long when the backup was restored",
    "reply_taken_back": "the reply was taken back",
    "consent_withdrawn": "the consent was withdrawn",
}


def _type(facts: Facts) -> str:
    return f"{word(facts['type'], 'type')} task" if facts.get("type") else "Task"


def _assigned(facts: Facts) -> str:
    return f"Given to {facts['owner']}" if facts["owner"] else "Given back to everyone"


def _moved(words: str) -> Callable[[Facts], str]:
    return lambda facts: f"{words} {facts.get('owner') or 'everybody'}"


def _completed(facts: Facts) -> str:
    outcome, evidence = (
        word(facts.get("outcome"), "outcome"),
        word(facts.get("evidence"), "evidence"),
    )
    late = " (late)" if facts.get("was_late") else ""
    return f"Task done: {outcome}{late}. {evidence}"


def _answered(facts: Facts) -> str:
    late = ", late" if facts.get("is_late") else ""
    return f"Answered “{str(facts.get('key')).replace('_', ' ')}”{late}"


def _status(facts: Facts) -> str:
    since = f" since {facts['since']}" if facts.get("since") else ""
    return f"Status is now “{word(facts.get('status'), 'patient_status').lower()}”{since}"


def _updated(facts: Facts) -> str:
    changed = ", ".join(str(name).replace("_", " ") for name in facts.get("fields", []))
    return f"Record changed: {changed}"


def _disclosed(facts: Facts) -> str:
    what, since = facts.get("what"), _moment(facts.get("since"))
    shown = (
        f"a {what} of somebody else stood here and in this patient’s portal since {since}"
        if facts.get("side") == "shown_to"
        else f"a {what} of this patient’s stood with another patient and in their portal since {since}"
    )
    opened = facts.get("opened_at")
    seen = f"opened meanwhile, last {_moment(opened)}" if opened else "not opened meanwhile"
    return f"Disclosure: {shown}; the portal was {seen}. Found"


def _moment(written: object) -> str:
    """A time among the facts, where the practice is."""
    return stamp(datetime.fromisoformat(str(written)))


def _consent(decision: str) -> Callable[[Facts], str]:
    def words(facts: Facts) -> str:
        purpose = facts.get("purpose", EVERYTHING)
        about = "" if purpose == EVERYTHING else f" about {word(purpose, 'consent_about').lower()}"
        how = word(facts.get("how"), "consent_how").lower()
        whose = "A caregiver’s consent" if facts.get("whose") == "caregiver" else "Consent"
        if facts.get("channel", "sms") != "sms":  # a programme, sharing, the record
            matter = word(purpose, "consent_about")
            return f"{matter}: {word(decision, 'agreed')} ({how})"
        return f"{whose} to texts{about} {decision} ({how})"

    return words


EVENTS: dict[str, str | Callable[[Facts], str]] = {
    **WORK_EVENTS,
    **MESSAGE_EVENTS,
    "conversation.assigned": _assigned,
    "conversation.handed_over": _moved("Its owner is away: now with"),
    "conversation.pooled": _moved("Nobody acted in time: now with"),
    "conversation.came_back": _moved("The leave is over: back with"),
    "conversation.snoozed": "Snoozed",
    "conversation.woken": "Woken from its snooze",
    "conversation.settled": "No answer needed",
    "conversation.unsettled": "Waits for an answer again",
    "conversation.resolved": "Found out who this is",
    "conversation.unresolved": "It is not them after all: taken back with all that came of it",
    "disclosure.sent": lambda facts: (
        f"Disclosure: {facts.get('count')} of this patient’s texts went to a number that is not theirs "
        f"since {_moment(facts.get('since'))}. Found"
    ),
    "conversation.refiled": lambda facts: (
        f"A {facts.get('what', 'message')} was moved here from another thread"
    ),
    "conversation.message_moved": lambda facts: (
        f"A {facts.get('what', 'message')} was moved: it was not this person’s"
    ),
    "call.refiled": "Given to the right person",
    "disclosure.found": _disclosed,
    "conversation.text_found": lambda facts: (
        f"A text left on {str(facts.get('sent_at'))[:16].replace('T', ' ')} UTC that is not on record here: "
        "it was sent after the backup this database was restored from"
    ),
    "task.created": lambda facts: f"{_type(facts)} opened{routed(facts)}",
    "task.assigned": _assigned,
    "task.handed_over": _moved("Its owner is away: now with"),
    "task.pooled": _moved("Nobody acted in time: now with"),
    "task.came_back": _moved("The leave is over: back with"),
    "task.completed": _completed,
    "task.answered": _answered,
    "task.answer_taken_back": lambda facts: (
        "An answer was not theirs: taken back" if facts.get("became") in ("reopens", "returns")
        else "An answer was not theirs: the task stays, it has moved on since"
        if facts.get("became") == "stays" else "An answer was not theirs"
    ),
    "task.answered_late": "Answered after the task was closed",
    "task.contradicted": "Said something else than before",
    "task.disputed": "Two people say different things about a task",
    "task.reopened_by_answer": "Task open again: they say now that it ended otherwise",
    "task.followed_by": "A new task goes on where a closed one ended otherwise",
    "task.barrier_named": lambda facts: (
        f"In the way: {str(facts.get('barrier')).replace('_', ' ')}"
    ),
    "task.called": lambda facts: f"Called: {word(facts.get('outcome'), 'call').lower()}",
    "task.raised": "Marked urgent: urgent words in a message",
    "task.rescheduled": lambda facts: f"Due day moved to {facts.get('due_on')}",
    "task.due_moved": lambda facts: (
        f"The calendar changed: due {facts.get('due_on')}, was {facts.get('was')}"
    ),
    "task.ladder_stopped": lambda facts: (
        f"Automatic texts stopped: {facts['reason_words']}" if facts["reason_words"]
        else "Automatic texts stopped"
    ),
    "consent.given": _consent("given"),
    "consent.withdrawn": _consent("withdrawn"),
    "consent.declined": _consent("declined"),
    "consent.not_lifted": "A file said yes, but the opt-out stands",
    "patient.created": "Patient added",
    "patient.updated": _updated,
    "patient.status_changed": _status,
    "patient.number_ended": "A phone number is not theirs any more",
    "patient.number_restored": "A phone number is theirs after all",
    "patient.automation_paused": "Automatic texts paused",
    "patient.preferences_changed": "How they want to be contacted changed",
    "patient.automation_resumed": "Automatic texts go on",
    "line.stopped": "The phone company takes no texts from this line for now",
    "line.resumed": "Line tried again",
    "line.changed": "Line changed",
    "line.pointed_here": "Carrier's addresses set to ours",
    "list.started": lambda facts: f"Sent to {facts.get('people')} people",
    "list.written": "Every message is prepared",
    "list.stopped": lambda facts: (
        f"Stopped: {facts.get('left')} had left, {facts.get('stopped')} were stopped"
    ),
    "list.resumed": "The rest is sent after all",
    "template.drafted": lambda facts: f"New words drafted: {facts.get('title')}",
    "template.approved": lambda facts: f"New words approved: {facts.get('title')}",
    "template.sent_back": lambda facts: f"Draft sent back: {facts.get('title')}",
    "template.discarded": lambda facts: f"Draft taken back: {facts.get('title')}",
    "template.reverted": lambda facts: f"Earlier words in use again: {facts.get('title')}",
    "template.dropped": lambda facts: f"Own words given up: {facts.get('title')}",
    "number.marked": lambda facts: f"Phone number marked as {facts.get('state')}",
    "organization.asked": lambda facts: (
        f"{facts['organization']} asked to help: {word(facts['need'], 'need').lower()}"
    ),
    "organization.accepted": lambda facts: f"{facts['organization']} takes them on",
    "organization.no_fit": lambda facts: (
        f"{facts['organization']}: not a fit. {word(facts['reason'], 'no_fit')}"
    ),
    "organization.scheduled": lambda facts: f"{facts['organization']} has a day for them",
    "organization.done": lambda facts: (
        f"{facts['organization']} is done: {word(facts['outcome'], 'help_outcome').lower()}"
    ),
    "organization.ask_ended": lambda facts: (
        f"{facts['organization']} is not asked any more. {word(facts['why'], 'ask_ended')}"
    ),
    "organization.silent": lambda facts: f"{facts['organization']} has not answered in time",
    "organization.not_reached": lambda facts: (
        f"The {'text' if facts.get('way') == 'text' else 'e-mail'} to {facts['organization']} did not arrive"
    ),
    "referral.received": "Referral received",
    "referral.corrected": corrected,
    "referral.office_asked": "The referring office asked something",
    "referral.office_answered": "The referring office was answered on its page",
    "referral.office_wrote": "A text or call of the referring office was put with its referral",
    "referral.office_note_moved": "A text or call of the referring office was about something else",
    "referral.office_settled": "A question of the referring office needed no answer",
    "referral.letter_approved": "Letter to the referring office approved",
    "referral.letter_sent": "E-mail with a link left for the referring office",
    "referral.letter_acknowledged": "The referring office says that they read the letter",
    "referrer.mail_failed": "An e-mail to the office did not arrive",
    "task.address_due": "Their e-mail address does not work: somebody asks for the right one",
    "referral.letter_failed": "The e-mail to the referring office did not arrive",
    "referral.letter_withdrawn": "Letter to the referring office taken back",
    "referral.pcp_overdue": "The referring office has not been told within the week",
    "referral.week_moved": lambda facts: (
        f"The calendar changed: the referral’s week ends {_moment(facts['ends_at'])}"
    ),
    "referral.accepted": "Referral accepted",
    "referral.rejected": "Referral not a fit",
    "referral.held": "Referral on hold",
    "referral.resumed": "Referral resumed",
    "referral.woken": "The day a referral was held until came: it goes on by itself",
    "referral.cancelled": "Referral cancelled",
    "referral.failed": "Referral ended: it could not be done",
    "referral.entered_in_error": "Referral entered in error",
    "referral.scheduled": "Referral: scheduled",
    "referral.kept": lambda facts: f"Referral: kept. {word(facts.get('evidence'), 'evidence')}",
    "referral.outcome": lambda facts: f"Referral: outcome. {word(facts.get('evidence'), 'evidence')}",
    "referral.report_received": "Referral: report received",
    "referral.closed": "Referral closed", "referral.reopened": "Referral open again",
    "referral.milestone_taken_back": lambda facts: "Referral, taken back: " + ", ".join(
        word(kind, "milestone").lower() for kind in facts.get("kinds", [])
    ),
    "referral.connected": "In touch with the team",
    "referral.update_taken_back": "The office was not told after all",
    "referral.disconnected": "“In touch” taken back",
    "referral.pcp_told": lambda facts: f"Referring PCP told by {word(facts.get('how'), 'how').lower()}",
    "month.closed": lambda facts: f"Month {facts.get('month')} closed",
    "month.file_asked": lambda facts: f"File of month {facts.get('month')} asked for again",
    "month.reopened": lambda facts: f"Month {facts.get('month')} opened again",
    "timer.started": "Timer started",
    "timer.stopped": lambda facts: (
        f"Timer ended: nothing happened for a while. {minutes(int(facts.get('seconds', 0)))} measured"
        if facts.get("why") == "idle" else f"Timer ended: {minutes(int(facts.get('seconds', 0)))}"
    ),
    "timer.dropped": "Timed minutes taken back",
    "call.logged": lambda facts: f"Call logged: {word(facts.get('outcome'), 'call').lower()}",
}  # fmt: skip
